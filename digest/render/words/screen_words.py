"""The words of the web side's own pages, by language: sign-up, leaving, mistakes.

`_vocabulary` has those of editions; both are said together.  Every language says all that English
says (a test holds it).
"""

from __future__ import annotations

from collections.abc import Mapping

SCREEN_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "to_content": "Skip to the content",
        "start": "Start page",
        "newest": "Newest edition",
        "no_edition": "The first edition is still to come.",
        "by_mail": "By mail",
        "subscribe": "Get {title} by mail",
        "subscribe_how": (
            "You get one message to confirm the address, and nothing more until you do. "
            "Every mail has a link by which you leave."
        ),
        "address": "Mail address",
        "address_hint": "Such as name@example.org",
        "address_wrong": "That is no mail address that we can send to. Please look it over.",
        "subscribe_button": "Subscribe",
        "asked": "Look into your mailbox",
        "asked_how": (
            "If {title} does not come to {address} yet, a message is on its way there. "
            "Follow the link in it to confirm."
        ),
        "asked_else": (
            "Nothing there after some minutes? Look among the unwanted mail, or sign up once more."
        ),
        "confirm_what": "From then on {title} comes to {address}.",
        "confirmed": "You are subscribed",
        "confirmed_what": "From now on {title} comes to {address}.",
        "leave": "Unsubscribe from {title}?",
        "leave_what": "No more editions will come to {address}.",
        "leave_button": "Unsubscribe",
        "left": "You are unsubscribed",
        "left_what": "{title} no longer comes to {address}.",
        "again": "Subscribe again",
        "wrong_link": "This link does not work",
        "wrong_link_why": (
            "It may have been cut in two, or be too old. "
            "Open it from the mail again, or copy the whole of it."
        ),
        "not_found": "There is nothing here",
        "not_found_why": "The address may be mistyped, or the page may be gone.",
        "refused": "This cannot be done like this",
        "refused_why": "The request is none that we take here. Go back and try again.",
        "foreign": "This form came from elsewhere",
        "foreign_why": "Another site has sent it. Open the page here, and send it from here.",
        "busy": "Too many at once",
        "busy_why": "There were very many sign-ups just now. Please try again in a while.",
        "broken": "Something is wrong here",
        "broken_why": "It is not your doing. Please try again later.",
    },
    "de": {
        "to_content": "Zum Inhalt springen",
        "start": "Startseite",
        "newest": "Neueste Ausgabe",
        "no_edition": "Die erste Ausgabe kommt noch.",
        "by_mail": "Per Mail",
        "subscribe": "{title} per Mail erhalten",
        "subscribe_how": (
            "Sie erhalten eine Nachricht, mit der Sie die Adresse bestätigen, und vorher nichts "
            "weiter. In jeder Mail steht ein Link zum Abmelden."
        ),
        "address": "Mailadresse",
        "address_hint": "Zum Beispiel name@example.org",
        "address_wrong": (
            "Das ist keine Mailadresse, an die wir senden können. Bitte prüfen Sie sie."
        ),
        "subscribe_button": "Abonnieren",
        "asked": "Sehen Sie in Ihr Postfach",
        "asked_how": (
            "Wenn {title} noch nicht an {address} geht, ist eine Nachricht dorthin unterwegs. "
            "Folgen Sie dem Link darin, um zu bestätigen."
        ),
        "asked_else": (
            "Nach einigen Minuten nichts da? Sehen Sie im Spam-Ordner nach, oder melden Sie sich "
            "noch einmal an."
        ),
        "confirm_what": "Danach kommt {title} an {address}.",
        "confirmed": "Sie haben abonniert",
        "confirmed_what": "Von nun an kommt {title} an {address}.",
        "leave": "{title} abbestellen?",
        "leave_what": "An {address} gehen dann keine Ausgaben mehr.",
        "leave_button": "Abbestellen",
        "left": "Sie sind abgemeldet",
        "left_what": "{title} kommt nicht mehr an {address}.",
        "again": "Wieder abonnieren",
        "wrong_link": "Dieser Link geht nicht",
        "wrong_link_why": (
            "Vielleicht ist er abgeschnitten oder zu alt. Öffnen Sie ihn noch einmal aus der Mail, "
            "oder kopieren Sie ihn ganz."
        ),
        "not_found": "Hier ist nichts",
        "not_found_why": "Die Adresse ist vielleicht vertippt, oder es gibt die Seite nicht mehr.",
        "refused": "So geht es nicht",
        "refused_why": (
            "Eine solche Anfrage nehmen wir hier nicht an. Gehen Sie zurück und versuchen Sie es "
            "noch einmal."
        ),
        "foreign": "Dieses Formular kam von woanders",
        "foreign_why": (
            "Eine andere Website hat es gesendet. Öffnen Sie die Seite hier und senden Sie es von "
            "hier ab."
        ),
        "busy": "Zu viele auf einmal",
        "busy_why": (
            "Es gab gerade sehr viele Anmeldungen. Bitte versuchen Sie es nach einer Weile wieder."
        ),
        "broken": "Hier stimmt etwas nicht",
        "broken_why": "An Ihnen liegt es nicht. Bitte versuchen Sie es später wieder.",
    },
    "fr": {
        "to_content": "Aller au contenu",
        "start": "Accueil",
        "newest": "Dernière édition",
        "no_edition": "La première édition est à venir.",
        "by_mail": "Par e-mail",
        "subscribe": "Recevoir {title} par e-mail",
        "subscribe_how": (
            "Vous recevrez un seul message pour confirmer l’adresse, et rien d’autre avant cela. "
            "Chaque e-mail contient un lien de désabonnement."
        ),
        "address": "Adresse e-mail",
        "address_hint": "Par exemple nom@example.org",
        "address_wrong": (
            "Ce n’est pas une adresse e-mail à laquelle nous pouvons écrire. Merci de la vérifier."
        ),
        "subscribe_button": "S’abonner",
        "asked": "Consultez votre messagerie",
        "asked_how": (
            "Si {title} n’est pas encore envoyé à {address}, un message y est en route. "
            "Suivez le lien qu’il contient pour confirmer."
        ),
        "asked_else": (
            "Toujours rien après quelques minutes ? Regardez parmi les indésirables, ou "
            "inscrivez-vous encore une fois."
        ),
        "confirm_what": "Ensuite, {title} sera envoyé à {address}.",
        "confirmed": "Vous êtes abonné(e)",
        "confirmed_what": "Désormais, {title} sera envoyé à {address}.",
        "leave": "Se désabonner de {title} ?",
        "leave_what": "Plus aucune édition ne sera envoyée à {address}.",
        "leave_button": "Se désabonner",
        "left": "Vous êtes désabonné(e)",
        "left_what": "{title} n’est plus envoyé à {address}.",
        "again": "Se réabonner",
        "wrong_link": "Ce lien ne fonctionne pas",
        "wrong_link_why": (
            "Il est peut-être coupé, ou trop ancien. Ouvrez-le à nouveau depuis l’e-mail, ou "
            "copiez-le en entier."
        ),
        "not_found": "Il n’y a rien ici",
        "not_found_why": "L’adresse est peut-être mal saisie, ou la page n’existe plus.",
        "refused": "Ce n’est pas possible ainsi",
        "refused_why": (
            "Nous n’acceptons pas ce genre de demande ici. Revenez en arrière et réessayez."
        ),
        "foreign": "Ce formulaire vient d’ailleurs",
        "foreign_why": "Un autre site l’a envoyé. Ouvrez la page ici, et envoyez-le d’ici.",
        "busy": "Trop de demandes à la fois",
        "busy_why": (
            "Il y a eu beaucoup d’inscriptions à l’instant. Merci de réessayer dans un moment."
        ),
        "broken": "Quelque chose ne va pas ici",
        "broken_why": "Vous n’y êtes pour rien. Merci de réessayer plus tard.",
    },
    "es": {
        "to_content": "Ir al contenido",
        "start": "Página de inicio",
        "newest": "Última edición",
        "no_edition": "La primera edición está por llegar.",
        "by_mail": "Por correo",
        "subscribe": "Recibir {title} por correo",
        "subscribe_how": (
            "Recibirá un solo mensaje para confirmar la dirección, y nada más hasta entonces. "
            "Cada correo lleva un enlace para darse de baja."
        ),
        "address": "Dirección de correo",
        "address_hint": "Por ejemplo, nombre@example.org",
        "address_wrong": (
            "No es una dirección de correo a la que podamos escribir. Revísela, por favor."
        ),
        "subscribe_button": "Suscribirse",
        "asked": "Mire su buzón",
        "asked_how": (
            "Si {title} aún no llega a {address}, hay un mensaje en camino. "
            "Siga el enlace que contiene para confirmar."
        ),
        "asked_else": (
            "¿No hay nada después de unos minutos? Mire entre el correo no deseado o suscríbase "
            "otra vez."
        ),
        "confirm_what": "Después, {title} llegará a {address}.",
        "confirmed": "Se ha suscrito",
        "confirmed_what": "Desde ahora {title} llega a {address}.",
        "leave": "¿Darse de baja de {title}?",
        "leave_what": "No llegarán más ediciones a {address}.",
        "leave_button": "Darse de baja",
        "left": "Se ha dado de baja",
        "left_what": "{title} ya no llega a {address}.",
        "again": "Suscribirse de nuevo",
        "wrong_link": "Este enlace no funciona",
        "wrong_link_why": (
            "Puede que esté cortado o que sea demasiado antiguo. Ábralo otra vez desde el correo, "
            "o cópielo entero."
        ),
        "not_found": "Aquí no hay nada",
        "not_found_why": ("Puede que la dirección esté mal escrita o que la página ya no exista."),
        "refused": "Así no se puede",
        "refused_why": "Aquí no aceptamos peticiones como esta. Vuelva atrás e inténtelo otra vez.",
        "foreign": "Este formulario viene de otro sitio",
        "foreign_why": "Lo ha enviado otra web. Abra la página aquí y envíelo desde aquí.",
        "busy": "Demasiados a la vez",
        "busy_why": (
            "Ha habido muchas suscripciones hace un momento. Inténtelo de nuevo dentro de un rato."
        ),
        "broken": "Algo va mal aquí",
        "broken_why": "No es culpa suya. Inténtelo más tarde, por favor.",
    },
    "ru": {
        "to_content": "Перейти к содержанию",
        "start": "Главная страница",
        "newest": "Последний выпуск",
        "no_edition": "Первый выпуск ещё впереди.",
        "by_mail": "По почте",
        "subscribe": "Получать «{title}» по почте",
        "subscribe_how": (
            "Придёт одно письмо, чтобы подтвердить адрес, и до этого больше ничего. "
            "В каждом письме есть ссылка для отписки."
        ),
        "address": "Адрес электронной почты",
        "address_hint": "Например, name@example.org",
        "address_wrong": "На такой адрес письмо не отправить. Проверьте его, пожалуйста.",
        "subscribe_button": "Подписаться",
        "asked": "Загляните в почту",
        "asked_how": (
            "Если «{title}» ещё не приходит на {address}, туда отправлено письмо. "
            "Перейдите по ссылке в нём, чтобы подтвердить подписку."
        ),
        "asked_else": (
            "Через несколько минут ничего нет? Посмотрите в папке «Спам» или подпишитесь ещё раз."
        ),
        "confirm_what": "После этого «{title}» будет приходить на {address}.",
        "confirmed": "Вы подписаны",
        "confirmed_what": "Теперь «{title}» будет приходить на {address}.",
        "leave": "Отписаться от «{title}»?",
        "leave_what": "Выпуски больше не будут приходить на {address}.",
        "leave_button": "Отписаться",
        "left": "Вы отписаны",
        "left_what": "«{title}» больше не приходит на {address}.",
        "again": "Подписаться снова",
        "wrong_link": "Эта ссылка не работает",
        "wrong_link_why": (
            "Возможно, она обрезана или устарела. Откройте её из письма ещё раз или скопируйте "
            "целиком."
        ),
        "not_found": "Здесь ничего нет",
        "not_found_why": "Возможно, в адресе опечатка или страницы больше нет.",
        "refused": "Так не получится",
        "refused_why": "Такие запросы здесь не принимаются. Вернитесь назад и попробуйте ещё раз.",
        "foreign": "Эта форма пришла с другого сайта",
        "foreign_why": "Её отправил другой сайт. Откройте страницу здесь и отправьте её отсюда.",
        "busy": "Слишком много сразу",
        "busy_why": "Сейчас было очень много подписок. Попробуйте ещё раз чуть позже.",
        "broken": "Здесь что-то не так",
        "broken_why": "Это не ваша вина. Попробуйте ещё раз позже.",
    },
    "ar": {
        "to_content": "انتقل إلى المحتوى",
        "start": "الصفحة الرئيسية",
        "newest": "أحدث عدد",
        "no_edition": "العدد الأول قادم.",
        "by_mail": "بالبريد",
        "subscribe": "استلام {title} بالبريد",
        "subscribe_how": (
            "ستصلك رسالة واحدة لتأكيد العنوان، ولن يصلك شيء آخر قبل ذلك. "
            "في كل رسالة رابط لإلغاء الاشتراك."
        ),
        "address": "عنوان البريد الإلكتروني",
        "address_hint": "مثل name@example.org",
        "address_wrong": "هذا ليس عنوان بريد يمكننا الإرسال إليه. يرجى مراجعته.",
        "subscribe_button": "اشترك",
        "asked": "تفقّد بريدك",
        "asked_how": (
            "إذا لم يكن {title} يصل إلى {address} بعد، فهناك رسالة في طريقها إليه. "
            "افتح الرابط الذي فيها للتأكيد."
        ),
        "asked_else": (
            "لم يصل شيء بعد بضع دقائق؟ ابحث في البريد غير المرغوب فيه، أو اشترك مرة أخرى."
        ),
        "confirm_what": "بعد ذلك سيصل {title} إلى {address}.",
        "confirmed": "تم اشتراكك",
        "confirmed_what": "من الآن فصاعدًا يصل {title} إلى {address}.",
        "leave": "إلغاء الاشتراك في {title}؟",
        "leave_what": "لن تصل أعداد أخرى إلى {address}.",
        "leave_button": "إلغاء الاشتراك",
        "left": "تم إلغاء اشتراكك",
        "left_what": "لم يعد {title} يصل إلى {address}.",
        "again": "الاشتراك من جديد",
        "wrong_link": "هذا الرابط لا يعمل",
        "wrong_link_why": (
            "قد يكون مقطوعًا أو قديمًا جدًا. افتحه من الرسالة مرة أخرى، أو انسخه كاملًا."
        ),
        "not_found": "لا يوجد شيء هنا",
        "not_found_why": "قد يكون في العنوان خطأ، أو لم تعد الصفحة موجودة.",
        "refused": "لا يمكن ذلك بهذه الطريقة",
        "refused_why": "لا نقبل هنا طلبًا كهذا. ارجع وحاول مرة أخرى.",
        "foreign": "جاء هذا النموذج من مكان آخر",
        "foreign_why": "أرسله موقع آخر. افتح الصفحة هنا وأرسل النموذج من هنا.",
        "busy": "طلبات كثيرة في وقت واحد",
        "busy_why": "كانت هناك اشتراكات كثيرة جدًا قبل قليل. يرجى المحاولة بعد مدة.",
        "broken": "هناك خلل هنا",
        "broken_why": "ليس السبب منك. يرجى المحاولة لاحقًا.",
    },
    "zh": {
        "to_content": "跳到正文",
        "start": "首页",
        "newest": "最新一期",
        "no_edition": "第一期尚未发布。",
        "by_mail": "邮件订阅",
        "subscribe": "通过邮件接收“{title}”",
        "subscribe_how": (
            "您会收到一封用来确认地址的邮件，在确认之前不会收到其他邮件。每封邮件里都有退订链接。"
        ),
        "address": "邮件地址",
        "address_hint": "例如 name@example.org",
        "address_wrong": "无法向这个地址发送邮件，请检查。",
        "subscribe_button": "订阅",
        "asked": "请查看您的邮箱",
        "asked_how": (
            "如果 {address} 尚未订阅“{title}”，我们已向该地址发出一封邮件。"
            "请打开其中的链接进行确认。"
        ),
        "asked_else": "几分钟后仍未收到？请查看垃圾邮件，或再订阅一次。",
        "confirm_what": "确认之后，“{title}”会发送到 {address}。",
        "confirmed": "订阅成功",
        "confirmed_what": "从现在起，“{title}”会发送到 {address}。",
        "leave": "退订“{title}”？",
        "leave_what": "{address} 将不再收到任何一期。",
        "leave_button": "退订",
        "left": "已退订",
        "left_what": "“{title}”不再发送到 {address}。",
        "again": "重新订阅",
        "wrong_link": "此链接无效",
        "wrong_link_why": "链接可能不完整，或者已经过期。请从邮件中再次打开，或复制完整的链接。",
        "not_found": "这里什么也没有",
        "not_found_why": "地址可能有误，或者页面已不存在。",
        "refused": "无法这样操作",
        "refused_why": "这里不接受这样的请求。请返回后重试。",
        "foreign": "此表单来自别处",
        "foreign_why": "它是由另一个网站发送的。请在这里打开页面，再从这里发送。",
        "busy": "请求过多",
        "busy_why": "刚才的订阅请求太多，请稍后再试。",
        "broken": "这里出了问题",
        "broken_why": "这不是您的问题，请稍后再试。",
    },
    "zh-Hant": {
        "to_content": "跳到內文",
        "start": "首頁",
        "newest": "最新一期",
        "no_edition": "第一期尚未發布。",
        "by_mail": "郵件訂閱",
        "subscribe": "以郵件接收「{title}」",
        "subscribe_how": (
            "您會收到一封用來確認地址的郵件，在確認之前不會收到其他郵件。每封郵件都有取消訂閱的連結。"
        ),
        "address": "郵件地址",
        "address_hint": "例如 name@example.org",
        "address_wrong": "無法寄信到這個地址，請檢查。",
        "subscribe_button": "訂閱",
        "asked": "請查看您的信箱",
        "asked_how": (
            "如果 {address} 尚未訂閱「{title}」，我們已寄出一封郵件到該地址。"
            "請開啟其中的連結進行確認。"
        ),
        "asked_else": "幾分鐘後仍未收到？請查看垃圾郵件，或再訂閱一次。",
        "confirm_what": "確認之後，「{title}」會寄送到 {address}。",
        "confirmed": "訂閱成功",
        "confirmed_what": "從現在起，「{title}」會寄送到 {address}。",
        "leave": "取消訂閱「{title}」？",
        "leave_what": "{address} 將不再收到任何一期。",
        "leave_button": "取消訂閱",
        "left": "已取消訂閱",
        "left_what": "「{title}」不再寄送到 {address}。",
        "again": "重新訂閱",
        "wrong_link": "此連結無效",
        "wrong_link_why": "連結可能不完整，或者已經過期。請從郵件中再次開啟，或複製完整的連結。",
        "not_found": "這裡什麼也沒有",
        "not_found_why": "地址可能有誤，或者頁面已不存在。",
        "refused": "無法這樣操作",
        "refused_why": "這裡不接受這樣的請求。請返回後重試。",
        "foreign": "此表單來自別處",
        "foreign_why": "它是由另一個網站送出的。請在這裡開啟頁面，再從這裡送出。",
        "busy": "請求過多",
        "busy_why": "剛才的訂閱請求太多，請稍後再試。",
        "broken": "這裡出了問題",
        "broken_why": "這不是您的問題，請稍後再試。",
    },
    "ja": {
        "to_content": "本文へ移動",
        "start": "トップページ",
        "newest": "最新号",
        "no_edition": "創刊号はこれからです。",
        "by_mail": "メールで購読",
        "subscribe": "「{title}」をメールで受け取る",
        "subscribe_how": (
            "アドレスを確認するメールが一通届きます。確認が済むまで、ほかのメールは届きません。"
            "どのメールにも購読をやめるためのリンクがあります。"
        ),
        "address": "メールアドレス",
        "address_hint": "例：name@example.org",
        "address_wrong": "このアドレスには送信できません。もう一度ご確認ください。",
        "subscribe_button": "購読する",
        "asked": "メールをご確認ください",
        "asked_how": (
            "{address} がまだ「{title}」を購読していなければ、確認のメールをお送りしました。"
            "メール内のリンクを開いて確認してください。"
        ),
        "asked_else": (
            "数分たっても届かない場合は、迷惑メールを確認するか、もう一度お申し込みください。"
        ),
        "confirm_what": "確認が済むと、「{title}」が {address} に届きます。",
        "confirmed": "購読を開始しました",
        "confirmed_what": "これから「{title}」が {address} に届きます。",
        "leave": "「{title}」の購読をやめますか？",
        "leave_what": "{address} には今後どの号も届きません。",
        "leave_button": "購読をやめる",
        "left": "購読を終了しました",
        "left_what": "「{title}」は {address} に届かなくなりました。",
        "again": "もう一度購読する",
        "wrong_link": "このリンクは使えません",
        "wrong_link_why": (
            "途中で切れているか、古すぎる可能性があります。"
            "メールからもう一度開くか、全体をコピーしてください。"
        ),
        "not_found": "ここには何もありません",
        "not_found_why": "アドレスが間違っているか、ページがなくなった可能性があります。",
        "refused": "この方法ではできません",
        "refused_why": (
            "このようなリクエストは受け付けていません。前のページに戻ってやり直してください。"
        ),
        "foreign": "このフォームは別の場所から送られました",
        "foreign_why": "別のサイトから送信されました。このページを開き、ここから送信してください。",
        "busy": "混み合っています",
        "busy_why": "ただいま申し込みが集中しています。しばらくしてからもう一度お試しください。",
        "broken": "問題が発生しています",
        "broken_why": "お客様のせいではありません。後でもう一度お試しください。",
    },
    "ko": {
        "to_content": "본문으로 건너뛰기",
        "start": "첫 페이지",
        "newest": "최신 호",
        "no_edition": "첫 호는 아직 나오지 않았습니다.",
        "by_mail": "메일로 받기",
        "subscribe": "“{title}” 메일로 받기",
        "subscribe_how": (
            "주소를 확인하는 메일이 한 통 가고, 확인하시기 전에는 다른 메일이 가지 않습니다. "
            "모든 메일에는 구독을 취소하는 링크가 있습니다."
        ),
        "address": "메일 주소",
        "address_hint": "예: name@example.org",
        "address_wrong": "메일을 보낼 수 없는 주소입니다. 다시 확인해 주세요.",
        "subscribe_button": "구독하기",
        "asked": "메일함을 확인해 주세요",
        "asked_how": (
            "{address} 주소로 아직 “{title}” 구독이 되어 있지 않다면 확인 메일을 보냈습니다. "
            "메일에 있는 링크를 열어 확인해 주세요."
        ),
        "asked_else": "몇 분이 지나도 오지 않으면 스팸 메일함을 보시거나 다시 신청해 주세요.",
        "confirm_what": "확인하시면 “{title}” 구독 메일이 {address} 주소로 갑니다.",
        "confirmed": "구독이 시작되었습니다",
        "confirmed_what": "이제 “{title}” 구독 메일이 {address} 주소로 갑니다.",
        "leave": "“{title}” 구독을 취소할까요?",
        "leave_what": "{address} 주소로 더 이상 메일이 가지 않습니다.",
        "leave_button": "구독 취소",
        "left": "구독이 취소되었습니다",
        "left_what": "“{title}” 구독 메일은 더 이상 {address} 주소로 가지 않습니다.",
        "again": "다시 구독하기",
        "wrong_link": "이 링크는 쓸 수 없습니다",
        "wrong_link_why": (
            "링크가 잘렸거나 너무 오래되었을 수 있습니다. "
            "메일에서 다시 열거나 전체를 복사해 주세요."
        ),
        "not_found": "여기에는 아무것도 없습니다",
        "not_found_why": "주소가 잘못되었거나 페이지가 없어졌을 수 있습니다.",
        "refused": "이렇게는 할 수 없습니다",
        "refused_why": "이런 요청은 받지 않습니다. 뒤로 돌아가 다시 시도해 주세요.",
        "foreign": "다른 곳에서 온 양식입니다",
        "foreign_why": "다른 사이트에서 보냈습니다. 여기서 페이지를 열고 여기서 보내 주세요.",
        "busy": "요청이 너무 많습니다",
        "busy_why": "방금 구독 신청이 매우 많았습니다. 잠시 후 다시 시도해 주세요.",
        "broken": "문제가 생겼습니다",
        "broken_why": "독자님의 잘못이 아닙니다. 나중에 다시 시도해 주세요.",
    },
}
