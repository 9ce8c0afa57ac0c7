"""Canned replies of the demo, each in five languages."""

from __future__ import annotations

# (short name, title, tags, language -> text)
ANSWERS: tuple[tuple[str, str, tuple[str, ...], dict[str, str]], ...] = (
    (
        "hello",
        "Greeting",
        ("start",),
        {
            "en": "Hello {first_name}! This is {agent} from {brand}. How can I help you?",
            "et": "Tere, {first_name}! Siin {agent}, {brand}. Kuidas saan aidata?",
            "lv": "Labdien, {first_name}! Šeit {agent} no {brand}. Kā varu palīdzēt?",
            "ru": "Здравствуйте, {first_name}! Это {agent}, {brand}. Чем могу помочь?",
            "pl": "Dzień dobry, {first_name}! Z tej strony {agent}, {brand}. W czym mogę pomóc?",
        },
    ),
    (
        "moment",
        "One moment",
        ("start",),
        {
            "en": "One moment please, I am looking into it.",
            "et": "Üks hetk, palun, ma vaatan järele.",
            "lv": "Vienu mirklīti, lūdzu, es pārbaudu.",
            "ru": "Одну минуту, пожалуйста, я проверяю.",
            "pl": "Chwileczkę, proszę, już sprawdzam.",
        },
    ),
    (
        "where",
        "Where is the parcel",
        ("delivery", "order"),
        {
            "en": "Your order {order} is on its way. In the morning of the day you get the delivery time.",
            "et": "Teie tellimus {order} on teel. Kättetoimetamise aja saadame sõnumiga sama päeva hommikul.",
            "lv": "Jūsu pasūtījums {order} ir ceļā. Piegādes laiku atsūtīsim ziņā tās dienas rītā.",
            "ru": "Ваш заказ {order} в пути. Утром в день доставки придёт сообщение со временем.",
            "pl": "Zamówienie {order} jest w drodze. Rano w dniu dostawy otrzymają Państwo wiadomość z godziną.",
        },
    ),
    (
        "delay",
        "The parcel is late",
        ("delivery", "order"),
        {
            "en": "I am sorry that order {order} is late. I have asked the carrier and will write when I know more.",
            "et": "Vabandame, et tellimus {order} hilineb. Küsisin vedajalt ja kirjutan niipea, kui tean rohkem.",
            "lv": "Atvainojiet, ka pasūtījums {order} kavējas. Pajautāju piegādātājam un uzrakstīšu, tiklīdz uzzināšu.",
            "ru": "Извините за задержку заказа {order}. Перевозчику отправлен запрос, напишу, как только узнаю больше.",
            "pl": "Przepraszamy za opóźnienie zamówienia {order}. Przewoźnik ma już nasze pytanie, odpiszę wkrótce.",
        },
    ),
    (
        "locker",
        "To a parcel locker",
        ("delivery",),
        {
            "en": "I can send the parcel to a locker near you. Which one suits you?",
            "et": "Võin paki saata teile lähedasse pakiautomaati. Milline sobib?",
            "lv": "Varu pārsūtīt sūtījumu uz tuvāko pakomātu. Kurš jums der?",
            "ru": "Могу отправить посылку в ближайший пакомат. Какой вам удобен?",
            "pl": "Mogę wysłać paczkę do najbliższego paczkomatu. Który będzie wygodny?",
        },
    ),
    (
        "return",
        "How to return",
        ("return",),
        {
            "en": "You can return the goods within 14 days. Reply with the order number and I will send you a label.",
            "et": "Kauba saab tagastada 14 päeva jooksul. Vastake tellimuse numbriga ja saadan sildi.",
            "lv": "Preci var atgriezt 14 dienu laikā. Atbildiet ar pasūtījuma numuru, un es atsūtīšu uzlīmi.",
            "ru": "Товар можно вернуть в течение 14 дней. Пришлите номер заказа, и я отправлю этикетку.",
            "pl": "Towar można zwrócić w ciągu 14 dni. Proszę podać numer zamówienia, a wyślę etykietę.",
        },
    ),
    (
        "refund",
        "When the money comes",
        ("return", "invoice"),
        {
            "en": "We send the money back within three working days after the parcel has arrived.",
            "et": "Tagastame raha kolme tööpäeva jooksul pärast paki saabumist.",
            "lv": "Naudu atmaksājam trīs darba dienu laikā pēc sūtījuma saņemšanas.",
            "ru": "Деньги возвращаем в течение трёх рабочих дней после получения посылки.",
            "pl": "Pieniądze zwracamy w ciągu trzech dni roboczych od otrzymania paczki.",
        },
    ),
    (
        "invoice",
        "Invoice sent",
        ("invoice",),
        {
            "en": "I have sent the invoice to your email address. Please look into the spam folder too.",
            "et": "Saatsin arve teie e-posti aadressile. Palun vaadake ka rämpsposti kausta.",
            "lv": "Nosūtīju rēķinu uz jūsu e-pastu. Lūdzu, pārbaudiet arī mēstuļu mapi.",
            "ru": "Счёт отправлен на вашу почту. Проверьте, пожалуйста, и папку «Спам».",
            "pl": "Faktura została wysłana na Państwa adres e-mail. Proszę sprawdzić też folder spam.",
        },
    ),
    (
        "photo",
        "Ask for a photo",
        ("return",),
        {
            "en": "Please send us a photo of the damage and of the label on the parcel.",
            "et": "Palun saatke meile foto kahjustusest ja paki sildist.",
            "lv": "Lūdzu, atsūtiet bojājuma un sūtījuma uzlīmes fotoattēlu.",
            "ru": "Пришлите, пожалуйста, фото повреждения и этикетки на посылке.",
            "pl": "Proszę przesłać zdjęcie uszkodzenia i etykiety na paczce.",
        },
    ),
    (
        "sorry",
        "Apology",
        (),
        {
            "en": "I am sorry for the trouble, {first_name}. Let me put it right.",
            "et": "Vabandan ebamugavuse pärast, {first_name}. Teen asja korda.",
            "lv": "Atvainojiet par sagādātajām neērtībām, {first_name}. Es to nokārtošu.",
            "ru": "Извините за неудобства, {first_name}. Сейчас всё исправим.",
            "pl": "Przepraszam za kłopot, {first_name}. Zaraz to naprawimy.",
        },
    ),
    (
        "hours",
        "Opening hours",
        (),
        {
            "en": "We answer every day from 8:00 to 22:00. At night you can leave a message here.",
            "et": "Vastame iga päev kell 8.00–22.00. Öösel saate siia sõnumi jätta.",
            "lv": "Atbildam katru dienu no 8.00 līdz 22.00. Naktī varat atstāt ziņu šeit.",
            "ru": "Мы отвечаем ежедневно с 8:00 до 22:00. Ночью можно оставить сообщение здесь.",
            "pl": "Odpowiadamy codziennie od 8:00 do 22:00. W nocy można zostawić tu wiadomość.",
        },
    ),
    (
        "bye",
        "Goodbye",
        ("end",),
        {
            "en": "Glad I could help. Have a good day, {first_name}!",
            "et": "Rõõm oli aidata. Head päeva, {first_name}!",
            "lv": "Prieks, ka varēju palīdzēt. Jauku dienu, {first_name}!",
            "ru": "Обращайтесь, если понадобится помощь. Хорошего дня, {first_name}!",
            "pl": "W razie pytań jesteśmy do dyspozycji. Miłego dnia, {first_name}!",
        },
    ),
)
