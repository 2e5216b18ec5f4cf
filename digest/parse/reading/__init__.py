"""What several wire formats share: reading elements, trees and broken XML."""
