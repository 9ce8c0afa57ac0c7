"""What customers and agents say to each other in the demo, in five languages. Lines alternate, the customer begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    queue: str
    disposition: str
    tags: tuple[str, ...]
    # Language -> lines; `{agent}` and `{number}` (of an order, invoice or booking) are filled in.
    lines: dict[str, tuple[str, ...]]


SCRIPTS = (
    Script(
        queue="orders",
        disposition="Delivery question",
        tags=("delivery",),
        lines={
            "en": (
                "Hello, where is my order {number}? It was promised for yesterday.",
                "Hello, this is {agent}. One moment please, I am looking it up.",
                "Thank you. I need it before the weekend.",
                "The parcel is at the sorting centre and comes tomorrow before noon.",
                "Great, thanks!",
                "Glad I could help. Have a good day!",
            ),
            "et": (
                "Tere, kus on minu tellimus {number}? Lubati eilseks.",
                "Tere, siin {agent}. Üks hetk, palun, vaatan järele.",
                "Aitäh. Mul on seda enne nädalavahetust vaja.",
                "Pakk on sorteerimiskeskuses ja jõuab kohale homme enne lõunat.",
                "Väga hea, tänan!",
                "Rõõm oli aidata. Head päeva!",
            ),
            "lv": (
                "Labdien, kur ir mans pasūtījums {number}? Tas bija solīts vakar.",
                "Labdien, šeit {agent}. Vienu mirklīti, lūdzu, pārbaudu.",
                "Paldies. Man to vajag līdz nedēļas nogalei.",
                "Sūtījums ir šķirošanas centrā un pienāks rīt līdz pusdienlaikam.",
                "Lieliski, paldies!",
                "Prieks, ka varēju palīdzēt. Jauku dienu!",
            ),
            "ru": (
                "Здравствуйте, где мой заказ {number}? Его обещали вчера.",
                "Здравствуйте, это {agent}. Одну минуту, пожалуйста, проверяю.",
                "Спасибо. Он нужен мне до выходных.",
                "Посылка в сортировочном центре и будет у вас завтра до полудня.",
                "Отлично, спасибо!",
                "Обращайтесь, если понадобится помощь. Хорошего дня!",
            ),
            "pl": (
                "Dzień dobry, gdzie jest moje zamówienie {number}? Miało być wczoraj.",
                "Dzień dobry, z tej strony {agent}. Chwileczkę, już sprawdzam.",
                "Dziękuję. Potrzebuję go przed weekendem.",
                "Paczka jest w sortowni i dotrze jutro przed południem.",
                "Świetnie, dziękuję!",
                "Proszę bardzo. Miłego dnia!",
            ),
        },
    ),
    Script(
        queue="orders",
        disposition="Return",
        tags=("return",),
        lines={
            "en": (
                "The coat from order {number} is too small. How do I send it back?",
                "Hello! You can return it within 30 days. Shall I send you a label?",
                "Yes please. Can I have one size larger instead?",
                "Size L is in stock and reserved for you. The label is in your mail.",
            ),
            "et": (
                "Tellimuse {number} mantel on liiga väike. Kuidas selle tagastan?",
                "Tere! Tagastada saab 30 päeva jooksul. Kas saadan sildi?",
                "Jah, palun. Kas saaksin selle asemel suurema?",
                "Suurus L on laos ja teile kõrvale pandud. Silt on teie postkastis.",
            ),
            "lv": (
                "Mētelis no pasūtījuma {number} ir par mazu. Kā to nosūtīt atpakaļ?",
                "Labdien! Atgriezt var 30 dienu laikā. Vai atsūtīt jums uzlīmi?",
                "Jā, lūdzu. Vai tā vietā varu saņemt lielāku?",
                "L izmērs ir noliktavā un jums rezervēts. Uzlīme ir jūsu e-pastā.",
            ),
            "ru": (
                "Пальто из заказа {number} мало. Как его вернуть?",
                "Здравствуйте! Вернуть можно в течение 30 дней. Прислать этикетку?",
                "Да, пожалуйста. А можно вместо него на размер больше?",
                "Размер L есть на складе и отложен для вас. Этикетка уже на вашей почте.",
            ),
            "pl": (
                "Płaszcz z zamówienia {number} jest za mały. Jak go odesłać?",
                "Dzień dobry! Zwrot jest możliwy w ciągu 30 dni. Czy wysłać etykietę?",
                "Tak, poproszę. Czy można zamiast tego dostać większy?",
                "Rozmiar L jest w magazynie i czeka na Państwa. Etykieta jest już w poczcie.",
            ),
        },
    ),
    Script(
        queue="invoices",
        disposition="Explained",
        tags=("invoice",),
        lines={
            "en": (
                "I got a reminder for invoice {number}, but I have paid it.",
                "Hello, {agent} here. When did you pay, and from which bank?",
                "Last Friday, by bank transfer.",
                "I see the payment: it crossed with the reminder. Nothing is open any more.",
                "Good to hear, thank you.",
            ),
            "et": (
                "Sain arve {number} kohta meeldetuletuse, aga see on makstud.",
                "Tere, siin {agent}. Millal ja millisest pangast te maksite?",
                "Eelmisel reedel, pangaülekandega.",
                "Näen makset: see läks meeldetuletusega risti. Midagi pole enam tasuda.",
                "Tore kuulda, aitäh.",
            ),
            "lv": (
                "Saņēmu atgādinājumu par rēķinu {number}, bet tas ir samaksāts.",
                "Labdien, šeit {agent}. Kad un no kuras bankas maksājāt?",
                "Pagājušajā piektdienā, ar pārskaitījumu.",
                "Maksājumu redzu: tas krustojās ar atgādinājumu. Nekas vairs nav jāmaksā.",
                "Prieks dzirdēt, paldies.",
            ),
            "ru": (
                "Пришло напоминание по счёту {number}, но он оплачен.",
                "Здравствуйте, это {agent}. Когда и из какого банка была оплата?",
                "В прошлую пятницу, банковским переводом.",
                "Платёж вижу: он разминулся с напоминанием. Долга больше нет.",
                "Хорошо, спасибо.",
            ),
            "pl": (
                "Przyszło przypomnienie o fakturze {number}, a jest zapłacona.",
                "Dzień dobry, z tej strony {agent}. Kiedy i z jakiego banku była wpłata?",
                "W zeszły piątek, przelewem.",
                "Widzę wpłatę: minęła się z przypomnieniem. Nie ma już nic do zapłaty.",
                "Dobrze, dziękuję.",
            ),
        },
    ),
    Script(
        queue="invoices",
        disposition="Corrected",
        tags=("invoice", "company"),
        lines={
            "en": (
                "Please put our company's details on invoice {number}.",
                "Certainly. What are the name and the registration number?",
                "Baltic Wave Ltd, 40003123456.",
                "Done: the corrected invoice is on its way to your mail.",
            ),
            "et": (
                "Palun lisage arvele {number} meie ettevõtte andmed.",
                "Muidugi. Mis on nimi ja registrikood?",
                "Balti Laine OÜ, 12345678.",
                "Tehtud: parandatud arve on teel teie postkasti.",
            ),
            "lv": (
                "Lūdzu, norādiet rēķinā {number} mūsu uzņēmuma datus.",
                "Protams. Kāds ir nosaukums un reģistrācijas numurs?",
                "SIA Baltijas Vilnis, 40003123456.",
                "Gatavs: labotais rēķins ir ceļā uz jūsu e-pastu.",
            ),
            "ru": (
                "Пожалуйста, укажите в счёте {number} данные нашей компании.",
                "Конечно. Назовите, пожалуйста, название и регистрационный номер.",
                "SIA Baltijas Vilnis, 40003123456.",
                "Готово: исправленный счёт отправлен на вашу почту.",
            ),
            "pl": (
                "Proszę o dane naszej firmy na fakturze {number}.",
                "Oczywiście. Jaka jest nazwa i numer NIP?",
                "Bałtycka Fala sp. z o.o., 5260001246.",
                "Gotowe: poprawiona faktura jest w drodze na Państwa adres.",
            ),
        },
    ),
    Script(
        queue="service",
        disposition="Solved",
        tags=("size",),
        lines={
            "en": (
                "Which size of the winter coat fits me? I am 178 cm tall.",
                "Hello! It fits true to size. What do you usually wear?",
                "Mostly M.",
                "Then take M; with a thick jumper under it, L is more comfortable.",
                "I will take L, thank you!",
            ),
            "et": (
                "Milline talvemantli suurus mulle sobib? Olen 178 cm pikk.",
                "Tere! Suurused vastavad tavapärastele. Mis suurust te muidu kannate?",
                "Enamasti M.",
                "Siis sobib M; paksu kampsuni peale on L mugavam.",
                "Võtan L-i, aitäh!",
            ),
            "lv": (
                "Kurš ziemas mēteļa izmērs man derēs? Mans augums ir 178 cm.",
                "Labdien! Izmēri ir kā parasti. Ko jūs parasti valkājat?",
                "Pārsvarā M.",
                "Tad ņemiet M; virs bieza džempera ērtāks būs L.",
                "Ņemšu L, paldies!",
            ),
            "ru": (
                "Какой размер зимнего пальто мне подойдёт? Мой рост 178 см.",
                "Здравствуйте! Размеры обычные. Что вы обычно носите?",
                "Чаще всего M.",
                "Тогда M; на толстый свитер удобнее L.",
                "Возьму L, спасибо!",
            ),
            "pl": (
                "Jaki rozmiar płaszcza zimowego będzie dobry? Mam 178 cm wzrostu.",
                "Dzień dobry! Rozmiary są typowe. Jaki zwykle Państwo noszą?",
                "Najczęściej M.",
                "W takim razie M; na gruby sweter wygodniejszy jest L.",
                "Wezmę L, dziękuję!",
            ),
        },
    ),
    Script(
        queue="service",
        disposition="Solved",
        tags=("account",),
        lines={
            "en": (
                "I cannot sign in to my account any more.",
                "Sorry for the trouble. Do you get the mail with the new password?",
                "No, nothing comes.",
                "The address had a typing error. It is right now: please try again.",
                "It works!",
            ),
            "et": (
                "Ma ei saa enam oma kontole sisse.",
                "Vabandame. Kas uue parooliga kiri tuleb kohale?",
                "Ei, midagi ei tule.",
                "Aadressis oli kirjaviga. Nüüd on see õige: proovige palun uuesti.",
                "Töötab!",
            ),
            "lv": (
                "Vairs nevaru ieiet savā kontā.",
                "Atvainojiet par neērtībām. Vai vēstule ar jauno paroli pienāk?",
                "Nē, nekas nepienāk.",
                "Adresē bija pārrakstīšanās kļūda. Tagad ir pareizi: lūdzu, mēģiniet vēlreiz.",
                "Strādā!",
            ),
            "ru": (
                "Больше не получается войти в мой аккаунт.",
                "Извините за неудобства. Письмо с новым паролем приходит?",
                "Нет, ничего не приходит.",
                "В адресе была опечатка. Теперь всё верно: попробуйте, пожалуйста, ещё раз.",
                "Работает!",
            ),
            "pl": (
                "Nie mogę się już zalogować na swoje konto.",
                "Przepraszamy za kłopot. Czy przychodzi wiadomość z nowym hasłem?",
                "Nie, nic nie przychodzi.",
                "W adresie była literówka. Teraz jest dobrze: proszę spróbować jeszcze raz.",
                "Działa!",
            ),
        },
    ),
    Script(
        queue="bookings",
        disposition="Changed",
        tags=("dates",),
        lines={
            "en": (
                "Can we come a day later with booking {number}?",
                "Hello, this is {agent}. Yes, the house is free a day longer too. Shall I move it?",
                "Yes, the same number of nights please.",
                "Moved. The new confirmation is in your mail.",
                "Perfect, thank you.",
            ),
            "et": (
                "Kas saame broneeringuga {number} päev hiljem tulla?",
                "Tere, siin {agent}. Jah, maja on ka päev kauem vaba. Kas muudan?",
                "Jah, palun sama palju öid.",
                "Muudetud. Uus kinnitus on teie postkastis.",
                "Suurepärane, aitäh.",
            ),
            "lv": (
                "Vai ar rezervāciju {number} varam ierasties dienu vēlāk?",
                "Labdien, šeit {agent}. Jā, māja ir brīva arī dienu ilgāk. Vai pārcelt?",
                "Jā, lūdzu, tikpat naktis.",
                "Pārcelts. Jaunais apstiprinājums ir jūsu e-pastā.",
                "Lieliski, paldies.",
            ),
            "ru": (
                "Можно приехать по брони {number} на день позже?",
                "Здравствуйте, это {agent}. Да, дом свободен и на день дольше. Перенести?",
                "Да, столько же ночей, пожалуйста.",
                "Готово. Новое подтверждение на вашей почте.",
                "Прекрасно, спасибо.",
            ),
            "pl": (
                "Czy z rezerwacją {number} możemy przyjechać dzień później?",
                "Dzień dobry, z tej strony {agent}. Tak, dom jest wolny także dzień dłużej. Czy zmienić?",
                "Tak, poproszę tyle samo nocy.",
                "Zmienione. Nowe potwierdzenie jest w Państwa poczcie.",
                "Doskonale, dziękuję.",
            ),
        },
    ),
    Script(
        queue="guests",
        disposition="Question before arrival",
        tags=("arrival",),
        lines={
            "en": (
                "How do we get the key to the house on Friday evening?",
                "Hello! The key box is by the door; the code comes by mail at noon that day.",
                "And is there firewood for the sauna?",
                "Yes, in the shed, as much as you need.",
            ),
            "et": (
                "Kuidas saame reede õhtul maja võtme?",
                "Tere! Võtmekapp on ukse kõrval; kood tuleb samal päeval keskpäeval meilile.",
                "Kas sauna jaoks on puid?",
                "Jah, kuuris, nii palju kui vaja.",
            ),
            "lv": (
                "Kā piektdienas vakarā dabūsim mājas atslēgu?",
                "Labdien! Atslēgu kaste ir pie durvīm; kods atnāks e-pastā tās dienas pusdienlaikā.",
                "Un vai pirtij ir malka?",
                "Jā, šķūnītī, cik vajag.",
            ),
            "ru": (
                "Как получить ключ от дома в пятницу вечером?",
                "Здравствуйте! Ящик с ключом у двери; код придёт на почту в полдень того же дня.",
                "А дрова для сауны есть?",
                "Да, в сарае, сколько нужно.",
            ),
            "pl": (
                "Jak dostaniemy klucz do domu w piątek wieczorem?",
                "Dzień dobry! Skrzynka na klucz jest przy drzwiach; kod przyjdzie e-mailem w południe tego dnia.",
                "A czy jest drewno do sauny?",
                "Tak, w szopie, ile potrzeba.",
            ),
        },
    ),
)
# What an agent writes to colleagues, and what customers say when they rate.
NOTES = ("Carrier asked, answer by noon.", "Prefers to be written to, not called.", "Second time this month.")
WRAP_UP_NOTES = ("Solved at once.", "Customer informed by mail.", "Looked it up with the warehouse.", "")
COMMENTS = {
    "en": ("Quick and friendly.", ""),
    "et": ("Kiire ja sõbralik.", ""),
    "lv": ("Ātri un laipni.", ""),
    "ru": ("Быстро и вежливо.", ""),
    "pl": ("Szybko i miło.", ""),
}
# Contacts that agents log by hand: channel -> text.
LOGGED = {
    "in_person": ("Came by and collected the gloves.", "Asked at the counter about a refund; explained."),
    "letter": ("Letter with a signed return form.", "Cancellation by letter, confirmed."),
    "other": ("Met at the fair; wants the new catalogue.",),
}
