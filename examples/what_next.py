"""Say, after `make run`, where the edition is and what to try next."""

from pathlib import Path

root = Path(__file__).resolve().parent.parent
page = root / "out" / "latest" / "index.html"
digest = ".venv/bin/digest"
print(f"""
The edition is in out/: open {page}

What to try next:
  {digest} try https://example.org            # a digest of any feed or page, at once
  {digest} init ~/mornings                    # a configuration of your own
  {digest} --config examples/config.toml preview morning --format markdown
  {digest} --help""")
