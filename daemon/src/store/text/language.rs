//! Which language a text is written in, as far as its smallest words tell: enough to know by which rules a word takes its
//! forms. Pure.

use std::sync::LazyLock;

use foldhash::HashMap;
use snowball_stemmers_rs::Algorithm;

/// A language whose words take forms that are known. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(in crate::store) enum Language {
    English = 1,
    German = 2,
    French = 3,
    Spanish = 4,
    Portuguese = 5,
    Italian = 6,
    Dutch = 7,
    Swedish = 8,
    Danish = 9,
    Norwegian = 10,
    Finnish = 11,
    Polish = 12,
    Czech = 13,
    Hungarian = 14,
    Romanian = 15,
    Turkish = 16,
    Indonesian = 17,
    Catalan = 18,
    Russian = 19,
    Ukrainian = 20,
    Greek = 21,
    Arabic = 22,
    Persian = 23,
    Hindi = 24,
    Armenian = 25,
    Tamil = 26,
}

/// The letters that a word is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Devanagari,
    Armenian,
    Tamil,
}

/// How many scripts there are.
const SCRIPTS: usize = 7;

impl Script {
    /// Returns the script of a word, by its first letter; `None` where no language of it is known.
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match u32::from(word.chars().next()?) {
            0x61..=0x7a | 0xdf..=0x24f | 0x1e00..=0x1eff => Self::Latin,
            0x400..=0x52f => Self::Cyrillic,
            0x370..=0x3ff | 0x1f00..=0x1fff => Self::Greek,
            0x620..=0x6ff => Self::Arabic,
            0x900..=0x97f => Self::Devanagari,
            0x530..=0x58f => Self::Armenian,
            0xb80..=0xbff => Self::Tamil,
            _ => return None,
        })
    }

    /// Returns the language that is assumed where nothing tells.
    fn usual(self) -> Language {
        match self {
            Self::Latin => Language::English,
            Self::Cyrillic => Language::Russian,
            Self::Greek => Language::Greek,
            Self::Arabic => Language::Arabic,
            Self::Devanagari => Language::Hindi,
            Self::Armenian => Language::Armenian,
            Self::Tamil => Language::Tamil,
        }
    }
}

/// Every language, with its script, and the words that say little but how a sentence is built, folded.
const LANGUAGES: [(Language, Script, Algorithm, &str); 26] = [
    (
        Language::English,
        Script::Latin,
        Algorithm::English,
        "the and you your yours that this these those with for have has had having not are was were been being but from they them \
         their theirs there here what when where which who whom whose why how would could should will shall can may might must \
         does did doing done our ours his her hers him she its into than then just also any some about because if it is in of on \
         or to my me we us be do an at by so no as am i'm very too all each every both such own same other others only more most \
         out off over under again once ever never upon while during before after above below between through against until until",
    ),
    (
        Language::German,
        Script::Latin,
        Algorithm::German,
        "der die das den dem des ein eine einen einem einer eines und oder aber nicht nichts ist sind war waren wird werden wurde \
         wurden worden ich du er sie es wir ihr ihnen ihre ihren ihrem ihrer mein meine meinen meiner meinem mich mir dich dir sich \
         sicher uns unser unsere unseren auf aus bei mit nach nachst von vom zu zum zur fur uber unter auch noch schon wegen wie was wer \
         wenn wann warum weil dass daß dann da hier dort kein keine keinen hat habe haben hatte hatten kann konnen konnte muss mussen \
         soll sollen wollen will wurde im am um an als bis durch gegen ohne sehr nur mal ja bitte doch jetzt immer wieder man so \
         ander andere anderen anderer anderes alle allem allen aller alles diese dieser dieses diesen diesem jede jeder jedes sein \
         seine seinen seiner seit ob denn nun damit dazu davon daran",
    ),
    (
        Language::French,
        Script::Latin,
        Algorithm::French,
        "le la les un une des du de et ou est sont etait ete etes etre ai as avez avons ont avait aurait je tu il elle elles nous \
         vous ils on me te se ce cet cette ces ca cela celle celles celui ceux mon ma mes ton ta tes son sa ses notre nos votre vos \
         leur leurs que qui quoi dont quand comment pourquoi parce car mais donc pas ne plus moins pour par avec sans sur sous dans \
         chez vers entre aux au en si aussi tres bien tout toute tous toutes meme quel quelle quels quelles quelque quelques encore \
         deja alors apres avant depuis jusque ici y fait faire peut peux pouvez serait sera suis",
    ),
    (
        Language::Spanish,
        Script::Latin,
        Algorithm::Spanish,
        "el la los las un una unos unas de del al y o u e es son era eran ser estar esta estan estoy estaba fue fueron he ha han hay \
         habia yo tu usted ustedes ella ellos ellas nosotros me te se nos le les lo mi mis tus su sus nuestro nuestra este estas \
         esto estos ese esa eso esos esas aquel que quien quienes como cuando donde porque pero sino si no ni mas muy ya tambien \
         para por con sin sobre entre hasta desde hacia en cual cuales tengo tiene tienen puede pueden puedo todo toda todos todas \
         otro otra otros otras mucho poco algo nada asi aqui ahora solo",
    ),
    (
        Language::Portuguese,
        Script::Latin,
        Algorithm::Portuguese,
        "o a os as um uma uns umas de do da dos das no na nos nas ao aos pelo pela pelos pelas em e ou mas nao sim eu tu ele ela eles \
         elas nos voce voces me te se lhe lhes meu minha meus minhas seu sua seus suas nosso nossa nossos nossas este esta isto esse \
         essa isso esses essas estes aquele aquela que quem quando onde como porque por para com sem sobre ate desde entre ser sao era \
         foi fora foram estou esta estao estava tem tenho ter tinha ha muito muita mais menos ja tambem so qual quais dele dela deles \
         delas deste desta disso disse todo toda todos todas outro outra mesmo ainda agora aqui quer queria pode posso",
    ),
    (
        Language::Italian,
        Script::Latin,
        Algorithm::Italian,
        "il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal dalla dai dalle in nel nello \
         nella nei nelle con su sul sulla sui sulle per tra fra e ed o ma se non che chi cui come cosa cosi cose quando dove perche io tu lui \
         lei noi voi loro mi ti si ci vi ne mio mia miei mie tuo tua suo sua suoi sue nostro nostra vostro vostra questo questa questi \
         queste quello quella quelli quelle sono sei siamo siete era erano essere stato stata ho hai ha abbiamo avete hanno avere piu \
         molto anche gia ancora solo sole tutto tutta tutti tutte dell all nell sull dall quel quale quali ogni altro altra altri prima primo",
    ),
    (
        Language::Dutch,
        Script::Latin,
        Algorithm::Dutch,
        "de het een en of maar niet niets geen ik jij je hij zij ze wij we jullie u mij me hem haar ons onze hun mijn jouw uw zijn is was \
         waren ben bent wordt worden werd heb hebt heeft hebben had hadden kan kunnen kunt kon zou zouden moet moeten zal zullen wil dat \
         dit die deze daar hier waar wie wat wanneer waarom hoe omdat als dan om te van voor vorig met op in aan bij naar uit over onder \
         tussen door tegen zonder tot ook nog al wel er toch heel zeer veel meer meest alle alles ander andere anders iets zelf zo nu dus want",
    ),
    (
        Language::Swedish,
        Script::Latin,
        Algorithm::Swedish,
        "och att det den de som en ett ar var inte jag du han hon vi ni dom dig mig sig oss er min mitt mina din ditt dina sin sitt sina \
         var vart vara vare ert era har hade ha kan kunde ska skulle vill maste blir blev pa av for med till tills fran om over under men eller \
         nar hur vad vem varfor dar har denna detta dessa dess alla allt ingen inget nagon nagot nagra mycket mer mest bara ocksa sa nu \
         an eftersom efter vid genom mellan utan anna annan annat andra bada bade lite liten litet enda endast",
    ),
    (
        Language::Danish,
        Script::Latin,
        Algorithm::Danish,
        "og at det den de som en et er var ikke jeg du han hun vi i dig mig sig os jer min mit mine din dit dine sin sit sine har havde \
         kan kunne skal skulle vil ville ma bliver blev pa af for med til fra om over under men eller nar hvor hvad hvem hvorfor der her \
         denne dette disse alle alt ingen noget nogle nogen meget mere kun ogsa sa nu end efter ved uden hvordan jeres",
    ),
    (
        Language::Norwegian,
        Script::Latin,
        Algorithm::Norwegian,
        "og at det den de som en et er var ikke jeg du han hun vi dere dem deg meg seg oss min mitt mine din ditt dine sin sitt sine har \
         hadde kan kunne skal skulle vil ville ma blir ble pa av for med til fra om over under men eller nar hvor hva hvem hvorfor der her \
         denne dette disse alle alt ingen noe noen mye mer bare ogsa sa na enn etter ved uten hvordan",
    ),
    (
        Language::Finnish,
        Script::Latin,
        Algorithm::Finnish,
        "ja tai mutta ei en et eivat emme ette on ovat oli olivat olen olet olemme olette olla mina sina han me te he minun sinun hanen \
         meidan teidan heidan minulla sinulla tama taman tata nama se sen sita ne niiden joka jotka jos kun koska mika mita missa miksi \
         miten kuka etta niin myos vain viela jo nyt kuin ilman kanssa sitten voi voisi kaikki hyvin",
    ),
    (
        Language::Polish,
        Script::Latin,
        Algorithm::Polish,
        "i oraz lub ale nie tak jest sa byl byla bylo byly byc bede bedzie ja ty on ona ono my wy oni one mnie mi ciebie ci jego jej ich \
         nas was moj moja moje twoj swoj nasz ten ta to tego tej tych tym te co kto gdzie kiedy jak dlaczego czy ze zeby bo poniewaz jesli \
         gdy w we z ze na do od po za przez dla przy o u pod nad bez sie tylko juz jeszcze bardzo wszystko wszystkie moze mozna mam ma maja",
    ),
    (
        Language::Czech,
        Script::Latin,
        Algorithm::Czech,
        "a i nebo ale ne ano je jsou byl byla bylo byli byt bude budou ja ty on ona my vy oni me mne mi te ti ho jeho jeji jejich nas vas \
         muj moje tvuj svuj ten ta to tento tato toto tyto co kdo kde kdy jak proc ze aby protoze jestli kdyz v ve z ze na do od po za pro \
         pri o u pod nad bez se si jen uz jeste velmi vsechno muze mam ma mate jsem jsme jste",
    ),
    (
        Language::Hungarian,
        Script::Latin,
        Algorithm::Hungarian,
        "a az egy es vagy de nem igen van vannak volt voltak lesz lenni en te o mi ti ok engem nekem neked neki nekunk ez ezt azt ezek azok \
         hogy ha mert mikor hol miert hogyan ki mit is csak mar meg nagyon minden sem mint vele alatt utan elott kell lehet legyen",
    ),
    (
        Language::Romanian,
        Script::Latin,
        Algorithm::Romanian,
        "si sau dar nu da este sunt era erau fost fi eu tu el ea noi voi ei ele mie imi iti ii ne va le meu mea mei tau sau nostru acest \
         aceasta acestea acel ce cine unde cand cum de la in din pe cu fara pentru prin spre sub peste ca sa daca pentru mai foarte doar am ai \
         are avem aveti au poate pot toate tot",
    ),
    (
        Language::Turkish,
        Script::Latin,
        Algorithm::Turkish,
        "ve veya ama fakat bir bu su o ben sen biz siz onlar benim senin onun bizim sizin bana sana ona bize size beni seni onu bunu ne \
         kim nerede zaman nasil neden icin ile gibi kadar degil var yok mi mu cok daha en her sey hic sonra once bile hem ya ki de da",
    ),
    (
        Language::Indonesian,
        Script::Latin,
        Algorithm::Indonesian,
        "dan atau tetapi tapi tidak ya adalah saya aku anda kamu dia kami kita mereka ini itu yang di ke dari untuk dengan tanpa pada \
         dalam oleh karena jika kalau apa siapa kapan bagaimana mengapa sudah belum akan bisa dapat juga hanya sangat lebih telah",
    ),
    (
        Language::Catalan,
        Script::Latin,
        Algorithm::Catalan,
        "el la els les un una uns unes de del dels al als i o pero no si es son era ser estar jo tu ell ella nosaltres vosaltres ells em et \
         ens us meu meva teu seu seva aquest aquesta aixo aquell que qui quan on com perque per amb sense sobre entre fins des molt mes ja \
         tambe tinc te tenen hi ha he hem heu han puc pot",
    ),
    (
        Language::Russian,
        Script::Cyrillic,
        Algorithm::Russian,
        "и в во не что он на я с со как а то все всё она так его но да ты к у же вы за бы по только ее её мне было вот от меня меньше менее \
         еще ещё нет о из ему теперь когда даже ну ли если уже или ни быть был была были него до вас нибудь вам ведь там потом потому себя \
         ничего ей может они тут где есть надо ней для мы тебя их чем сам сама само сами самого самое самой самом самый самым самых чтоб чтобы \
         без будто чего раз тоже под будет тогда кто этот эта это эти того этого какой ним здесь этом один почти мой моя мои моего моей тем нее \
         сейчас куда зачем всех при об хоть хотя после над тот через нас про них какая много многие разве эту свою другой другие других друг \
         можно нам вас ваш ваша ваши такой такая такое такие таких таки вместе наш наши который которая которое которые которых",
    ),
    (
        Language::Ukrainian,
        Script::Cyrillic,
        Algorithm::Ukrainian,
        "і й в у не що він на я з із як а то все вона так його але та ти до же ви за би по тільки її мені було від мене ще ні о йому тепер \
         коли навіть чи якщо вже або бути був була були них вас там потім себе нічого може вони тут де є треба для ми тебе їх чим сам щоб без \
         хто цей ця це ці той мій моя мої ваш наші який яка яке які дуже також через після можна",
    ),
    (
        Language::Greek,
        Script::Greek,
        Algorithm::Greek,
        "και το να του η ο της την τα των με που για στο στη στην από απο είναι ειναι δεν θα σας μου μας σου τον τους οι τι αν ή αλλά αλλα \
         αυτό αυτο πως πού όταν οταν ένα ενα μια έχω εχω έχει εχει όχι οχι στον στις στα",
    ),
    (
        Language::Arabic,
        Script::Arabic,
        Algorithm::Arabic,
        "في من على الى إلى عن مع هذا هذه ذلك التي الذي ان أن لا ما هل كان كانت هو هي انا أنا نحن انت كل قد لم لن أو او ثم بعد قبل عند لكن \
         حتى بين كيف لماذا متى اين لي لك له لها",
    ),
    (
        Language::Persian,
        Script::Arabic,
        Algorithm::Persian,
        "و در به از که این آن را با برای است هست نیست بود شد شده می من تو او ما شما آنها یک هم تا اگر چه چرا چون ولی اما یا هر خود باید \
         کرد کنید کنم دارم دارد هستم لطفا",
    ),
    (
        Language::Hindi,
        Script::Devanagari,
        Algorithm::Hindi,
        "है हैं था थी थे और का की के को में से पर ने यह वह ये वे मैं मेरा मेरी मेरे आप आपका हम हमारा क्या क्यों कब कहाँ कैसे नहीं हाँ भी ही तो \
         कि जो लिए साथ बहुत कुछ सब कर",
    ),
    (Language::Armenian, Script::Armenian, Algorithm::Armenian, "և է եմ ես եք են որ այս այդ մի իմ ձեր"),
    (Language::Tamil, Script::Tamil, Algorithm::Tamil, "நான் நீங்கள் அவர் இது அது என்று மற்றும் ஒரு என் உங்கள்"),
];

impl Language {
    /// Every language.
    pub(in crate::store) fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().map(|(language, ..)| *language)
    }

    /// Returns the language of a stored number.
    pub(in crate::store) fn from_stored(number: i64) -> Option<Self> {
        Self::all().find(|language| *language as i64 == number)
    }

    /// Returns the letters that it is written in.
    pub(super) fn script(self) -> Script {
        LANGUAGES[self.at()].1
    }

    /// Returns the rules for its forms.
    pub(super) fn algorithm(self) -> Algorithm {
        LANGUAGES[self.at()].2
    }

    fn at(self) -> usize {
        self as usize - 1
    }
}

/// For each small word, folded, the languages that it belongs to, a bit each.
static SMALL_WORDS: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
    let mut words = HashMap::default();
    for (language, _, _, list) in &LANGUAGES {
        for word in list.split_whitespace() {
            *words.entry(super::words::folded(word)).or_default() |= 1 << language.at();
        }
    }
    words
});

/// Says whether a folded word only builds sentences in a language: such words are meant as they are.
pub(super) fn is_small(word: &str, language: Language) -> bool {
    SMALL_WORDS.get(word).is_some_and(|languages| languages & (1 << language.at()) != 0)
}

/// Counts the small words of each language.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Tally([u32; LANGUAGES.len()]);

impl Tally {
    /// Counts a folded word.
    pub(in crate::store) fn count(&mut self, word: &str) {
        // None is longer: most words need not be looked up.
        if word.len() <= 16
            && let Some(languages) = SMALL_WORDS.get(word)
        {
            for (at, count) in self.0.iter_mut().enumerate() {
                *count += (languages >> at) & 1;
            }
        }
    }

    /// Adds what another one counted.
    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// Returns the language that most of the small words belong to, of whichever script, where no other one is near.
    pub(in crate::store) fn language(&self) -> Option<Language> {
        let by_count = |(language, ..): &(Language, _, _, _)| (self.0[language.at()], *language);
        let (count, language) = LANGUAGES.iter().map(by_count).max_by_key(|(count, _)| *count)?;
        let is_near =
            |(other, ..): &&(Language, _, _, _)| *other != language && 4 * self.0[other.at()] > 3 * count;
        (count >= 3 && !LANGUAGES.iter().any(|other| is_near(&other))).then_some(language)
    }

    /// Returns for each script the language that most of the small words belong to, where that is clear.
    pub(in crate::store) fn languages(&self) -> Languages {
        let mut found = [None; SCRIPTS];
        for (at, (language, script, ..)) in LANGUAGES.iter().enumerate() {
            let count = self.0[at];
            let best = &mut found[*script as usize];
            if count >= 2 && best.is_none_or(|(most, _)| count > most) {
                *best = Some((count, *language));
            }
        }
        Languages(found.map(|best| best.map(|(_, language)| language)))
    }
}

/// The language of each script in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Languages([Option<Language>; SCRIPTS]);

impl Languages {
    /// Says whether a folded word only builds sentences in the language of its script.
    pub(in crate::store) fn have_small(self, word: &str) -> bool {
        Script::of(word).is_some_and(|script| is_small(word, self.of(script, self)))
    }

    /// Returns the language of a script's words; where this text does not tell, that of the whole, else the usual one.
    pub(super) fn of(self, script: Script, whole: Self) -> Language {
        self.0[script as usize].or(whole.0[script as usize]).unwrap_or_else(|| script.usual())
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::*;

    #[test]
    fn a_text_is_in_a_language_where_its_small_words_are_of_no_other_one() {
        let cases = [
            ("Wir haben die Ware zurückgeschickt und warten noch auf das Geld", Some(Language::German)),
            ("A encomenda não chegou e nós já não sabemos o que fazer com isso", Some(Language::Portuguese)),
            ("El pedido no ha llegado y no sabemos qué hacer con los otros", Some(Language::Spanish)),
            ("У нас не работает вход, и мы не знаем, что делать", Some(Language::Russian)),
            // Too little, and nothing.
            ("CSV export stops", None),
            ("", None),
        ];
        let mut words = Words::default();
        for (text, expected) in cases {
            let mut tally = Tally::default();
            words.read(text);
            words.list.iter().for_each(|word| tally.count(words.folded(*word)));
            assert_eq!(tally.language(), expected, "{text}");
        }
    }
}
