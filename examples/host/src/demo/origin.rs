//! Where people come from: their names, in their own script, the prefix of their phones and their cities.
//!
//! Data alone; it draws nothing.

/// How a name is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameOrder {
    /// The given name, a space, the family's.
    GivenFirst,
    /// The family's name and the given one, with nothing between.
    FamilyFirst,
}

/// People of one script and one country.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) given: &'static [&'static str],
    pub(crate) family: &'static [&'static str],
    pub(crate) order: NameOrder,
    /// The country's prefix and that of a network in it.
    pub(crate) prefixes: &'static [&'static str],
    /// How many digits follow.
    pub(crate) digits: usize,
    pub(crate) cities: &'static [&'static str],
}

/// The origins, each with its share in a hundred.
pub(crate) const ORIGINS: &[(Origin, u32)] = &[
    (GERMANY, 24),
    (FRANCE, 8),
    (SPAIN, 7),
    (POLAND, 6),
    (TURKEY, 4),
    (VIETNAM, 3),
    (UKRAINE, 6),
    (BULGARIA, 3),
    (EGYPT, 6),
    (MOROCCO, 3),
    (INDIA, 8),
    (TAMIL_NADU, 5),
    (CHINA, 7),
    (JAPAN, 6),
    (KOREA, 4),
];

const GERMANY: Origin = Origin {
    given: &[
        "Jörg", "Käthe", "Sören", "Anja", "Björn", "Zoë", "Jürgen", "Lena", "Günther", "Mia", "Noah", "Sünje",
    ],
    family: &[
        "Müller",
        "Schäfer",
        "Groß",
        "Weiß",
        "Böhm",
        "Krüger",
        "Vogel",
        "Jäger",
        "Schröder",
        "Busch",
        "Köhler",
    ],
    order: NameOrder::GivenFirst,
    prefixes: &["+49 151", "+49 160", "+49 171", "+49 176"],
    digits: 7,
    cities: &["Berlin", "Berlin", "Hamburg", "München", "Köln", "Leipzig", "Düsseldorf"],
};

const FRANCE: Origin = Origin {
    given: &["Zoé", "François", "Chloé", "Anaïs", "Hélène", "Théo", "Gaël", "Inès", "Noémie", "Loïc"],
    family: &["Lefèvre", "Bérard", "Garçon", "Dupré", "Lemaître", "Géraud", "Noël", "Châtelain", "d’Étienne"],
    order: NameOrder::GivenFirst,
    prefixes: &["+33 6", "+33 7"],
    digits: 8,
    cities: &["Paris", "Lyon", "Besançon", "Nîmes", "Orléans"],
};

const SPAIN: Origin = Origin {
    given: &["Íñigo", "María José", "Sofía", "Andrés", "Begoña", "Raúl", "Lucía", "Óscar", "Ramón"],
    family: &["Núñez", "Peña", "García Márquez", "Muñoz", "Ibáñez", "Güell", "Ordóñez", "Cortés"],
    order: NameOrder::GivenFirst,
    prefixes: &["+34 6", "+34 7"],
    digits: 8,
    cities: &["Madrid", "Málaga", "A Coruña", "Barcelona", "Cádiz"],
};

const POLAND: Origin = Origin {
    given: &["Łukasz", "Małgorzata", "Paweł", "Zofia", "Stanisław", "Grażyna", "Michał", "Żaneta"],
    family: &["Wójcik", "Kowalczyk", "Dąbrowski", "Gałązka", "Źrebiec", "Pięta", "Wiśniewska"],
    order: NameOrder::GivenFirst,
    prefixes: &["+48 50", "+48 60", "+48 78"],
    digits: 7,
    cities: &["Warszawa", "Kraków", "Łódź", "Wrocław", "Gdańsk"],
};

const TURKEY: Origin = Origin {
    given: &["İpek", "Çağla", "Ömer", "Gül", "Işıl", "Barış", "Şule", "Uğur"],
    family: &["Yıldız", "Öztürk", "Çelik", "Şahin", "Kılıç", "Güneş", "Aydoğan"],
    order: NameOrder::GivenFirst,
    prefixes: &["+90 532", "+90 542", "+90 555"],
    digits: 7,
    cities: &["İstanbul", "İzmir", "Muğla", "Eskişehir"],
};

const VIETNAM: Origin = Origin {
    given: &["Thị Hồng", "Văn Đức", "Thị Ánh", "Quốc Bảo", "Minh Tuấn", "Ngọc Diệp"],
    family: &["Nguyễn ", "Trần ", "Phạm ", "Đặng ", "Vũ ", "Bùi "],
    order: NameOrder::FamilyFirst,
    prefixes: &["+84 90", "+84 91", "+84 98"],
    digits: 7,
    cities: &["Hà Nội", "Đà Nẵng", "Huế", "Cần Thơ"],
};

const UKRAINE: Origin = Origin {
    given: &["Олена", "Тарас", "Наталія", "Марія", "Андрій", "Оксана", "Юрій", "Соломія"],
    family: &["Шевченко", "Коваленко", "Бондар", "Ґудзь", "Мельник", "Лисенко", "Ткачук"],
    order: NameOrder::GivenFirst,
    prefixes: &["+380 50", "+380 67", "+380 93"],
    digits: 7,
    cities: &["Київ", "Львів", "Одеса", "Харків"],
};

const BULGARIA: Origin = Origin {
    given: &["Иван", "Радослава", "Георги", "Цветан", "Мария", "Стоян"],
    family: &["Димитров", "Иванова", "Стоянов", "Колева", "Петров"],
    order: NameOrder::GivenFirst,
    prefixes: &["+359 87", "+359 88", "+359 89"],
    digits: 7,
    cities: &["София", "Пловдив", "Варна", "Бургас"],
};

const EGYPT: Origin = Origin {
    given: &["أحمد", "فاطمة", "محمود", "ليلى", "عمر", "نور", "يوسف", "مريم"],
    family: &["المصري", "حسن", "عبد الرحمن", "سالم", "النجار", "إبراهيم"],
    order: NameOrder::GivenFirst,
    prefixes: &["+20 10", "+20 11", "+20 12"],
    digits: 8,
    cities: &["القاهرة", "الإسكندرية", "الجيزة", "أسوان"],
};

const MOROCCO: Origin = Origin {
    given: &["إدريس", "خديجة", "سعيد", "زينب", "رشيد", "هند"],
    family: &["العلوي", "بنجلون", "الفاسي", "الإدريسي", "التازي"],
    order: NameOrder::GivenFirst,
    prefixes: &["+212 6", "+212 7"],
    digits: 8,
    cities: &["الدار البيضاء", "الرباط", "فاس", "مراكش"],
};

const INDIA: Origin = Origin {
    given: &["आरव", "प्रिया", "रोहन", "कृष्णा", "स्नेहा", "विक्रम", "मीरा", "ऋषि"],
    family: &["शर्मा", "वर्मा", "सिंह", "त्रिपाठी", "गुप्ता", "मिश्रा", "श्रीवास्तव"],
    order: NameOrder::GivenFirst,
    prefixes: &["+91 98", "+91 99", "+91 70"],
    digits: 8,
    cities: &["दिल्ली", "मुंबई", "लखनऊ", "जयपुर"],
};

const TAMIL_NADU: Origin = Origin {
    given: &["கவிதா", "முருகன்", "செல்வி", "அருண்", "தமிழ்ச்செல்வன்", "மீனாட்சி"],
    family: &["சுப்பிரமணியன்", "ராமசாமி", "கிருஷ்ணன்", "பாண்டியன்", "வேலு"],
    order: NameOrder::GivenFirst,
    prefixes: &["+91 94", "+91 95"],
    digits: 8,
    cities: &["சென்னை", "மதுரை", "கோயம்புத்தூர்"],
};

const CHINA: Origin = Origin {
    given: &["伟", "秀英", "小明", "丽华", "建国", "雨桐", "子轩", "静"],
    family: &["王", "李", "张", "刘", "陈", "欧阳", "赵", "龍"],
    order: NameOrder::FamilyFirst,
    prefixes: &["+86 138", "+86 139", "+86 186"],
    digits: 8,
    cities: &["北京", "上海", "成都", "广州"],
};

const JAPAN: Origin = Origin {
    given: &["さくら", "健太", "美咲", "翔", "ゆうこ", "大輔", "葵", "ケンジ"],
    family: &["佐藤", "鈴木", "髙橋", "田中", "渡邉", "伊藤", "山本"],
    order: NameOrder::FamilyFirst,
    prefixes: &["+81 80", "+81 90", "+81 70"],
    digits: 8,
    cities: &["東京", "大阪", "京都", "札幌"],
};

const KOREA: Origin = Origin {
    given: &["민준", "서연", "지훈", "하은", "도윤", "수빈", "예준"],
    family: &["김", "이", "박", "최", "정", "남궁", "강"],
    order: NameOrder::FamilyFirst,
    prefixes: &["+82 10"],
    digits: 8,
    cities: &["서울", "부산", "인천", "대구"],
};
