"""Short articles in several languages, and edits of them: what changed, and what it is."""

from __future__ import annotations

from typing import Any

from archive.revisions import Change, Text, compare

BEFORE, AFTER = "2026-03-01T10:00:00.250000Z", "2026-03-02T10:00:00.250000Z"

BODIES = {
    "en": (
        "The council of Ashford met on Monday to discuss the old bridge.\n"
        "The vote was twelve to four. The bridge was built in 1931 by a local firm. It carries 4,000 cars a day.\n"
        "Repairs will cost 3.5 million pounds, an engineer told the meeting. Mayor Jane Field said: “Work begins in May.”"
    ),
    "de": (
        "Der Gemeinderat von Altenbrück hat am Montag über die alte Brücke beraten.\n"
        "Zwölf Mitglieder stimmten dafür, vier dagegen. Die Brücke wurde 1931 von einer Firma aus dem Ort gebaut.\n"
        "Die Arbeiten kosten 3,5 Millionen Euro. Bürgermeisterin Jana Feld sagte: „Wir beginnen im Mai.“"
    ),
    "fr": (
        "Le conseil de Vieux-Pont s'est réuni lundi pour discuter du vieux pont.\n"
        "Douze élus ont voté pour, quatre contre. Le pont a été construit en 1931 par une entreprise locale.\n"
        "Les travaux coûteront 3,5 millions d'euros. La maire, Jeanne Champ, a dit : « Nous commencerons en mai. »"
    ),
    "ar": (
        "اجتمع مجلس المدينة يوم الاثنين لمناقشة الجسر القديم.\n"
        "صوت اثنا عشر عضوا لصالح القرار وعارضه أربعة. بنت شركة محلية الجسر عام 1931.\n"
        "ستكلف الأعمال 35 مليون درهم. هل تبدأ الأعمال في مايو؟ قالت رئيسة البلدية إنها متأكدة من ذلك."
    ),
    "hi": (
        "नगर परिषद ने सोमवार को पुराने पुल पर चर्चा की।\n"
        "बारह सदस्यों ने पक्ष में मतदान किया और चार ने विरोध किया। पुल का निर्माण 1931 में एक स्थानीय कंपनी ने किया था।\n"
        "मरम्मत पर 35 करोड़ रुपये खर्च होंगे। महापौर ने कहा कि काम मई में शुरू होगा।"
    ),
    "ja": (
        "若葉町議会は月曜日、古い橋について話し合った。\n"
        "賛成は十二人、反対は四人だった。橋は1931年に地元の会社が建てた。一日に四千台の車が通る。\n"
        "工事には35億円かかる。町長は「五月に始める。」と述べた。"
    ),
    "zh": (
        "市议会星期一开会讨论旧桥的问题。\n"
        "十二名议员赞成，四名反对。这座桥由本地一家公司于1931年建成。每天有四千辆汽车通过。\n"
        "维修费用为35亿元。市长说：“五月开工。”"
    ),
    "ru": (
        "Городской совет в понедельник обсудил судьбу старого моста.\n"
        "Двенадцать депутатов проголосовали за, четверо против. Мост построила в 1931 году местная фирма.\n"
        "Ремонт обойдётся в 35 миллионов рублей. Мэр Анна Полева сказала: «Работы начнутся в мае»."
    ),
    "ko": (
        "시의회는 월요일에 오래된 다리에 대해 논의했다.\n"
        "찬성은 열두 명, 반대는 네 명이었다. 다리는 1931년에 지역 회사가 지었다.\n"
        "공사에는 35억 원이 든다. 시장은 5월에 공사를 시작한다고 말했다."
    ),
}

# Language, kind, what stood there, what stands there now.
EDITS: list[tuple[str, str, str, str]] = [
    ("en", "typographic", "council of Ashford", "councl of Ashford"),
    ("en", "typographic", "discuss the", "dicsuss the"),
    ("en", "typographic", "discuss the", "discuss the the"),
    ("en", "typographic", "Mayor Jane", "mayor Jane"),
    ("en", "typographic", "to four. The", "to four; the"),
    ("en", "typographic", "a local firm", "a lo cal firm"),
    ("de", "typographic", "Brücke beraten", "Bruecke beraten".replace("ue", "u")),
    ("de", "typographic", "Mitglieder stimmten", "Mitglieder stimten"),
    ("fr", "typographic", "élus ont", "elus ont"),
    ("ar", "typographic", "المدينة", "المدينه"),
    ("ar", "typographic", "لمناقشة", "لمناقَشة"),
    ("hi", "typographic", "परिषद", "परीषद"),
    ("ja", "typographic", "通る。", "通るる。"),
    ("ja", "typographic", "話し合った", "話し合たっ"),
    ("ja", "typographic", "1931年", "１９３１年"),
    ("zh", "typographic", "讨论", "论讨"),
    ("ru", "typographic", "обойдётся", "обойдется"),
    ("ru", "typographic", "Городской", "Городсокй"),
    ("ko", "typographic", "논의했다", "논의햇다"),
    ("en", "correction", "4,000 cars", "4,500 cars"),
    ("en", "correction", "3.5 million", "35 million"),
    ("en", "correction", "3.5 million", "3.5 billion"),
    ("en", "correction", "twelve to four", "eleven to four"),
    ("en", "correction", "Jane Field", "Mary Field"),
    ("en", "correction", "Work begins in May", "Work begins in June"),
    ("de", "correction", "3,5 Millionen", "3,5 Milliarden"),
    ("de", "correction", "am Montag", "am Dienstag"),
    ("fr", "correction", "en 1931", "en 1913"),
    ("ar", "correction", "1931", "1941"),
    ("ar", "correction", "يوم الاثنين", "يوم الثلاثاء"),
    ("hi", "correction", "1931", "1941"),
    ("hi", "correction", "सोमवार", "मंगलवार"),
    ("ja", "correction", "十二人", "十三人"),
    ("ja", "correction", "35億円", "38億円"),
    ("zh", "correction", "35亿", "53亿"),
    ("zh", "correction", "十二名", "二十名"),
    ("ja", "correction", "十二人", "十二十人"),
    ("zh", "correction", "星期一", "星期二"),
    ("ru", "correction", "35 миллионов", "35 миллиардов"),
    ("ko", "correction", "열두 명", "열한 명"),
    ("en", "addition", "a day.", "a day. A second bridge is planned for the north of the town."),
    ("en", "addition", "a local firm", "a local firm with forty workers"),
    ("de", "addition", "gebaut.", "gebaut. Eine zweite Brücke ist im Norden geplant."),
    ("fr", "addition", "locale.", "locale. Un second pont est prévu au nord."),
    ("ar", "addition", "1931.", "1931. ومن المقرر بناء جسر ثان في الشمال."),
    ("hi", "addition", "किया था।", "किया था। उत्तर में दूसरा पुल बनाने की योजना है।"),
    ("ja", "addition", "通る。", "通る。北側には二つ目の橋も計画されている。"),
    ("zh", "addition", "通过。", "通过。北部还计划修建第二座桥。"),
    ("ru", "addition", "фирма.", "фирма. На севере планируют второй мост."),
    ("ko", "addition", "지었다.", "지었다. 북쪽에 두 번째 다리가 계획되어 있다."),
    ("en", "removal", " It carries 4,000 cars a day.", ""),
    ("de", "removal", " Die Brücke wurde 1931 von einer Firma aus dem Ort gebaut.", ""),
    ("fr", "removal", " Le pont a été construit en 1931 par une entreprise locale.", ""),
    ("ar", "removal", " بنت شركة محلية الجسر عام 1931.", ""),
    ("hi", "removal", " पुल का निर्माण 1931 में एक स्थानीय कंपनी ने किया था।", ""),
    ("ja", "removal", "一日に四千台の車が通る。", ""),
    ("zh", "removal", "每天有四千辆汽车通过。", ""),
    ("ru", "removal", " Мост построила в 1931 году местная фирма.", ""),
    ("ko", "removal", " 다리는 1931년에 지역 회사가 지었다.", ""),
    ("en", "rewrite", "The vote was twelve to four. The bridge was built in 1931 by a local firm.",
     "Nobody spoke against the plan, officials noted afterwards. Its piers are listed as a monument."),
    ("de", "rewrite", "Zwölf Mitglieder stimmten dafür, vier dagegen.", "Niemand sprach sich gegen den Plan aus, hieß es."),
    ("fr", "rewrite", "Douze élus ont voté pour, quatre contre.", "Personne n'a parlé contre le projet ce soir-là."),
    ("ar", "rewrite", "صوت اثنا عشر عضوا لصالح القرار وعارضه أربعة.", "لم يتحدث أحد ضد الخطة خلال الجلسة الطويلة."),
    ("hi", "rewrite", "बारह सदस्यों ने पक्ष में मतदान किया और चार ने विरोध किया।", "योजना के खिलाफ कोई नहीं बोला, अधिकारी बाद में बताते हैं।"),
    ("ja", "rewrite", "賛成は十二人、反対は四人だった。", "計画に異論を唱える声は最後まで出なかったという。"),
    ("zh", "rewrite", "十二名议员赞成，四名反对。", "据悉会上没有任何人对该计划提出异议。"),
    ("ru", "rewrite", "Двенадцать депутатов проголосовали за, четверо против.", "Никто не выступил с возражениями, сообщили чиновники."),
    ("ko", "rewrite", "찬성은 열두 명, 반대는 네 명이었다.", "회의에서 계획에 반대하는 사람은 아무도 없었다고 한다."),
]  # fmt: skip

# Language, what stood there, what stands there now: the page says the same.
NOISE: list[tuple[str, str, str]] = [
    ("en", "“Work begins in May.”", '"Work begins in May."'),
    ("en", "discuss the", "discuss\u00a0 the"),
    ("en", ".\nRepairs", ". Repairs"),
    ("en", "The bridge", "The\u200b bridge"),
    ("en", "a day.", "a day ."),
    ("de", "„Wir beginnen im Mai.“", "»Wir beginnen im Mai.«"),
    ("fr", "a dit : «", "a dit: «"),
    ("fr", "s'est", "s’est"),
    ("fr", "Vieux-Pont", "Vieux‑Pont"),
    ("ja", "「五月に始める。」", "『五月に始める。』"),
    ("ja", "工事には35億円", "工事には 35 億円"),
    ("zh", "说：“五月开工。”", "说：「五月开工。」"),
    ("ar", "الجسر القديم", "\u200fالجسر القديم"),
    ("hi", "पुल पर", "पुल  पर"),
]

# Language, a line at one visit, and at the next.
CLOCKS: list[tuple[str, str, str]] = [
    ("en", "Updated 5 minutes ago", "Updated 3 hours ago"),
    ("en", "2 hours ago", "1 day ago"),
    ("en", "Last updated: 2 March 2026, 10:15", "Last updated: 2 March 2026, 11:45"),
    ("en", "12 comments", "57 comments"),
    ("en", "4 min read", "5 min read"),
    ("de", "Vor 5 Minuten", "Vor 2 Stunden"),
    ("de", "Stand: 02.03.2026, 10:15 Uhr", "Stand: 02.03.2026, 11:45 Uhr"),
    ("fr", "Publié il y a 5 minutes", "Publié il y a 3 heures"),
    ("es", "Hace 5 minutos", "Hace 3 horas"),
    ("ar", "منذ 5 دقائق", "منذ 3 ساعات"),
    ("hi", "5 मिनट पहले", "3 घंटे पहले"),
    ("ja", "5分前", "3時間前"),
    ("zh", "5分钟前", "3小时前"),
    ("ru", "5 минут назад", "3 часа назад"),
    ("ko", "5분 전", "3시간 전"),
    ("tr", "5 dakika önce", "3 saat önce"),
]

# Language, a note of the newsroom.
NOTES: list[tuple[str, str]] = [
    ("en", "Correction: An earlier version of this article gave the wrong number of cars."),
    ("en", "This story has been updated with the result of the vote."),
    ("de", "Korrektur: In einer früheren Version dieses Artikels stand eine falsche Zahl."),
    ("de", "Anmerkung der Redaktion: Wir haben die Zahl der Stimmen berichtigt."),
    ("fr", "Rectificatif : une version précédente de cet article donnait un chiffre erroné."),
    ("es", "Fe de errores: una versión anterior de este artículo daba una cifra equivocada."),
    ("ar", "تصحيح: ورد في نسخة سابقة من هذا التقرير رقم خاطئ."),
    ("hi", "सुधार: इस लेख के पिछले संस्करण में गलत संख्या दी गई थी।"),
    ("ja", "訂正：初出時、台数に誤りがありました。"),
    ("ja", "記事の一部を修正しました。"),
    ("zh", "更正：本文此前版本的数字有误。"),
    ("ru", "Исправление: в предыдущей версии этого текста было неверное число."),
    ("ko", "바로잡습니다: 숫자에 잘못이 있었습니다."),
    ("tr", "Düzeltme: Haberin önceki sürümünde yanlış bir sayı vardı."),
]


def article(body: str, language: str = "en", at: str = BEFORE, **fields: Any) -> Text:
    values: dict[str, Any] = {"headline": "Council votes on the old bridge", "authors": ("Ann Lee",)}
    return Text(at, article_body=body, in_language=language, **(values | fields))


def change(old: str, new: str, language: str = "en", **fields: Any) -> Change | None:
    """What an edit of a body is; `fields`: of the newer version."""
    return compare(article(old, language), article(new, language, AFTER, **fields))
