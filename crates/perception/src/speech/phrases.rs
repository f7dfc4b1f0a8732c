//! Whether an answer is the expected one: compared by sound without tones, and never past a 'no'.
//!
//! A recogniser confuses characters that sound alike far more often than it confuses sounds, so
//! 知晓 heard as 之小 still counts. A negation outside the expected words never does: 我不同意 is
//! not 同意, 没有 is not 有. What is neither clearly yes nor clearly no goes to a person.

use pinyin::ToPinyin;

/// What an answer may be, in characters; the first is the one that is shown.
#[derive(Clone, Debug)]
pub struct Expected {
    phrases: Vec<Vec<Syllable>>,
}

/// How an answer stands to what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The expected words, and no negation.
    Matched,
    /// The expected words, negated.
    Negated,
    /// Words that may mean either: a person must listen.
    Unclear,
    /// Something else, or nothing.
    Different,
}

/// A character and its sound.
#[derive(Clone, Debug)]
struct Syllable {
    character: char,
    sound: String,
}

/// Characters that turn a sentence round.
pub(super) const NEGATIONS: &[char] = &[
    '不', '没', '沒', '未', '别', '別', '否', '勿', '莫', '拒', '非', '无', '無',
];
/// Sounds that a recogniser may have written with a harmless character.
const NEGATIVE_SOUNDS: &[&str] = &["bu", "mei", "bie"];
/// Words in which such a sound is harmless.
const HARMLESS: &[&str] = &[
    "全部",
    "部分",
    "部份",
    "大部",
    "内部",
    "步骤",
    "一步",
    "每期",
    "每月",
    "每个",
    "每年",
    "每天",
    "每一",
    "美元",
    "分别",
    "特别",
    "个别",
    "级别",
    "性别",
    "区别",
    "类别",
    "公布",
    "补充",
    "补偿",
    "除非",
    "非常",
    "无误",
    "并非常",
    "不过",
    "无论",
    "不管",
    "不仅",
    "不但",
    // The same in traditional characters, which a recogniser writes when it likes.
    "內部",
    "步驟",
    "每個",
    "分別",
    "特別",
    "個別",
    "級別",
    "性別",
    "區別",
    "類別",
    "公佈",
    "補充",
    "補償",
    "無誤",
    "並非常",
    "不過",
    "無論",
    "不僅",
];
/// Share of an expected phrase's sounds that may differ.
const DIFFERENCE_MAX: f32 = 0.2;
/// How far two sounds of words that nobody was asked for may be apart.
const SOUND_DIFFERENCE_MAX: f32 = 0.2;
/// Difference from which on an answer is something else rather than unclear.
const DIFFERENCE_UNCLEAR: f32 = 0.4;

impl Expected {
    /// Phrases of which one must be said; empty ones count for nothing.
    pub fn new<S: AsRef<str>>(phrases: impl IntoIterator<Item = S>) -> Self {
        let phrases = phrases.into_iter().map(|phrase| syllables(phrase.as_ref()));
        Self {
            phrases: phrases.filter(|phrase| !phrase.is_empty()).collect(),
        }
    }

    /// Whether each of the phrases is a no by itself, such as 没有.
    pub fn negates(&self) -> bool {
        let mut phrases = self.phrases.iter();
        !self.phrases.is_empty()
            && phrases.all(|phrase| negations(phrase, 0, phrase.len()).certain > 0)
    }
}

/// Compares what was heard with what was expected.
pub fn answer(heard: &str, expected: &Expected) -> Answer {
    let heard = syllables(heard);
    let found = expected
        .phrases
        .iter()
        .map(|phrase| judge(&heard, phrase))
        .min_by_key(|answer| match answer {
            Answer::Negated => 0,
            Answer::Matched => 1,
            Answer::Unclear => 2,
            Answer::Different => 3,
        });
    found.unwrap_or(Answer::Different)
}

/// Compares what was heard with right phrases and with wrong ones: a wrong phrase counts as a no, and
/// what holds both goes to a person.
pub fn answer_between(heard: &str, right: &Expected, wrong: &Expected) -> Answer {
    match (answer(heard, right), answer(heard, wrong)) {
        (Answer::Matched, Answer::Matched) => Answer::Unclear,
        (Answer::Matched, _) => Answer::Matched,
        (_, Answer::Matched) => Answer::Negated,
        (found, _) => found,
    }
}

/// Whether one of the phrases was said, sound by sound and not after a 'no'; stricter than
/// [`answer`], for words that nobody was asked for.
pub fn said(heard: &str, phrases: &Expected) -> bool {
    let heard = syllables(heard);
    let alike = |a: &Syllable, b: &Syllable| unlike(&a.sound, &b.sound) <= SOUND_DIFFERENCE_MAX;
    phrases.phrases.iter().any(|phrase| {
        let stands = heard
            .windows(phrase.len())
            .any(|stretch| stretch.iter().zip(phrase).all(|(a, b)| alike(a, b)));
        stands && judge(&heard, phrase) != Answer::Negated
    })
}

/// The digits that were said, by their sounds, with 幺 as 1 and 两 as 2; other words are passed
/// over.
pub fn digits(heard: &str) -> String {
    syllables(heard)
        .iter()
        .filter_map(|syllable| match syllable.sound.as_str() {
            "ling" => Some('0'),
            "yi" | "yao" => Some('1'),
            "er" | "liang" => Some('2'),
            "san" => Some('3'),
            "si" => Some('4'),
            "wu" => Some('5'),
            "liu" => Some('6'),
            "qi" => Some('7'),
            "ba" => Some('8'),
            "jiu" => Some('9'),
            _ => None,
        })
        .collect()
}

fn judge(heard: &[Syllable], phrase: &[Syllable]) -> Answer {
    let (from, to, difference) = nearest(heard, phrase);
    let difference = difference / phrase.len() as f32;
    if difference > DIFFERENCE_UNCLEAR {
        return Answer::Different;
    }
    // A 'no' that the phrase itself holds must be heard; one that it does not hold must not.
    let own = negations(phrase, 0, phrase.len());
    let inside = negations(heard, from, to);
    let (before, after) = (negations(heard, 0, from), negations(heard, to, heard.len()));
    let doubted = [own, inside, before, after]
        .iter()
        .any(|found| found.doubted);
    let asked = heard.len() > to && "吗嘛么嗎麼".contains(heard[to].character);
    match () {
        () if before.certain + inside.certain == own.certain + 1 && after.certain == 0 => {
            Answer::Negated
        }
        () if inside.certain != own.certain || before.certain + after.certain > 0 => {
            Answer::Unclear
        }
        () if doubted || asked || difference > DIFFERENCE_MAX => Answer::Unclear,
        () => Answer::Matched,
    }
}

#[derive(Clone, Copy, Default)]
struct Negations {
    /// Characters that negate.
    certain: usize,
    /// Whether one only sounds as if.
    doubted: bool,
}

fn negations(all: &[Syllable], from: usize, to: usize) -> Negations {
    let mut found = Negations::default();
    for at in from..to {
        let Syllable { character, sound } = &all[at];
        let near: String = all[at.saturating_sub(1)..(at + 2).min(all.len())]
            .iter()
            .map(|syllable| syllable.character)
            .collect();
        if HARMLESS.iter().any(|word| near.contains(word)) {
            continue;
        }
        if NEGATIONS.contains(character) {
            found.certain += 1;
        } else if NEGATIVE_SOUNDS.contains(&sound.as_str()) {
            found.doubted = true;
        }
    }
    found
}

/// The stretch of `heard` that is nearest to `phrase`: begin, end, and how far it is.
fn nearest(heard: &[Syllable], phrase: &[Syllable]) -> (usize, usize, f32) {
    // Edit distance with a free begin; every cell remembers where its stretch began.
    let mut row: Vec<(f32, usize)> = (0..=phrase.len()).map(|at| (at as f32, 0)).collect();
    let mut best = (0, 0, row[phrase.len()].0);
    for (at, syllable) in heard.iter().enumerate() {
        let mut corner = row[0];
        row[0] = (0.0, at + 1);
        for (place, wanted) in phrase.iter().enumerate() {
            let kept = (corner.0 + unlike(&syllable.sound, &wanted.sound), corner.1);
            let more = (row[place + 1].0 + 1.0, row[place + 1].1);
            let less = (row[place].0 + 1.0, row[place].1);
            corner = row[place + 1];
            row[place + 1] = [kept, more, less]
                .into_iter()
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap_or(kept);
        }
        let (distance, from) = row[phrase.len()];
        if distance < best.2 {
            best = (from, at + 1, distance);
        }
    }
    best
}

/// How far two sounds are apart: 0 the same, 1 nothing in common.
fn unlike(a: &str, b: &str) -> f32 {
    if a == b {
        return 0.0;
    }
    let ((a_begin, a_end), (b_begin, b_end)) = (split(a), split(b));
    let (begin, end) = (
        plain(a_begin) == plain(b_begin),
        front(a_end) == front(b_end),
    );
    match (begin, end) {
        (true, true) => 0.2,
        (true, false) | (false, true) => 0.6,
        (false, false) => 1.0,
    }
}

/// First consonant and the rest.
fn split(sound: &str) -> (&str, &str) {
    let vowel = sound.find(|letter: char| "aeiouvü".contains(letter));
    sound.split_at(vowel.unwrap_or(sound.len()))
}

/// Consonants that many speakers don't keep apart.
fn plain(begin: &str) -> &str {
    match begin {
        "zh" => "z",
        "ch" => "c",
        "sh" => "s",
        "l" => "n",
        other => other,
    }
}

/// Endings that many speakers don't keep apart.
fn front(end: &str) -> &str {
    match end {
        "ang" => "an",
        "eng" => "en",
        "ing" => "in",
        "uang" => "uan",
        "iang" => "ian",
        other => other,
    }
}

/// Characters with their sounds; signs and spaces are left out, digits are read out.
fn syllables(text: &str) -> Vec<Syllable> {
    text.chars()
        .filter(|character| character.is_alphanumeric())
        .map(|character| {
            let spoken = match character.to_digit(10) {
                Some(digit) => {
                    ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'][digit as usize]
                }
                None => character,
            };
            let sound = match spoken.to_pinyin() {
                Some(sound) => sound.plain().to_owned(),
                None => spoken.to_lowercase().collect(),
            };
            Syllable {
                character: spoken,
                sound,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged_as_a_person_would() {
        use Answer::{Different, Matched, Negated, Unclear};
        let cases = [
            ("同意", "同意", Matched),
            ("我同意。", "同意", Matched),
            ("我不同意", "同意", Negated),
            ("不太同意", "同意", Negated),
            ("我没有同意", "同意", Negated),
            ("我不能不同意", "同意", Unclear),
            ("同不同意", "同意", Negated),
            ("同意吗", "同意", Unclear),
            ("同意，不对", "同意", Unclear),
            ("我部同意", "同意", Unclear),
            ("有", "有", Matched),
            ("没有", "有", Negated),
            ("没有", "没有", Matched),
            ("有", "没有", Different),
            ("我已知晓", "我已知晓", Matched),
            ("我以之小", "我已知晓", Matched),
            ("我已经知晓", "我已知晓", Unclear),
            ("我已全部知晓", "全部知晓", Matched),
            ("我全部知晓", "知晓", Matched),
            ("我知道了", "我已知晓", Different),
            ("我已知小", "我已知晓", Matched),
            ("我不知晓", "我已知晓", Negated),
            ("我未知晓", "我已知晓", Negated),
            ("是的", "是的", Matched),
            ("不是的", "是的", Negated),
            ("是", "不是", Different),
            ("今天天气很好", "我已知晓", Different),
            ("", "我已知晓", Different),
            ("你好，我确认本人资料真实无误", "本人资料真实无误", Matched),
            ("I agree", "同意", Different),
            ("我清楚每月还款金额", "清楚", Matched),
            ("我拒绝", "我拒绝", Matched),
        ];
        for (heard, expected, wanted) in cases {
            let found = answer(heard, &Expected::new([expected]));
            assert_eq!(found, wanted, "heard {heard}, expected {expected}");
        }
    }

    #[test]
    fn traditional_characters_sound_the_same() {
        use Answer::{Matched, Negated, Unclear};
        let cases = [
            ("我已知曉全部成本", "我已知晓全部成本", Matched),
            ("我不知曉全部成本", "我已知晓全部成本", Negated),
            (
                "我已閱讀並理解明示表，同意簽署",
                "我已阅读并理解明示表同意签署",
                Matched,
            ),
            ("我不同意簽署", "同意签署", Negated),
            ("沒有", "没有", Matched),
            ("沒有人", "没有人", Matched),
            ("沒有", "有", Negated),
            ("對的", "对的", Matched),
            ("不對", "对", Negated),
            ("沒錯", "没错", Matched),
            ("我清楚每個月還款金額", "清楚", Matched),
            ("我知道內部規定，特別清楚", "清楚", Matched),
            ("是我自願申請", "自愿申请", Matched),
            ("無", "有", Answer::Different),
            ("資料真實無誤", "真实无误", Matched),
            ("同意嗎", "同意", Unclear),
            ("別同意", "同意", Negated),
        ];
        for (heard, expected, wanted) in cases {
            let found = answer(heard, &Expected::new([expected]));
            assert_eq!(found, wanted, "heard {heard}, expected {expected}");
        }
        for (heard, phrase) in [
            ("他說有內部渠道，服務費兩個點", "服务费两个点"),
            ("有人教我做流水，說是銀行有人好辦事", "银行有人好办事"),
            ("把驗證碼發給他", "验证码"),
            ("過橋墊資", "过桥垫资"),
        ] {
            assert!(said(heard, &Expected::new([phrase])), "{heard}");
        }
        assert_eq!(digits("貳兩零"), "220");
    }

    #[test]
    fn one_of_several_phrases_is_enough_but_a_no_prevails() {
        let expected = Expected::new(["我已知晓", "知道了", "清楚"]);
        assert_eq!(answer("清楚了", &expected), Answer::Matched);
        assert_eq!(answer("我不清楚", &expected), Answer::Negated);
        assert_eq!(
            answer("清楚", &Expected::new(["", "。"])),
            Answer::Different
        );
    }

    #[test]
    fn words_that_nobody_asked_for_are_told_strictly() {
        let cases = [
            ("他说有内部渠道可以办", "内部渠道", true),
            ("他说有内布取到", "内部渠道", true),
            ("没有内部渠道", "内部渠道", false),
            ("内部的渠道", "内部渠道", false),
            ("我做了AB贷", "AB贷", true),
            ("贷", "AB贷", false),
            ("", "二押", false),
        ];
        for (heard, phrase, wanted) in cases {
            assert_eq!(said(heard, &Expected::new([phrase])), wanted, "{heard}");
        }
    }

    #[test]
    fn digits_are_heard_as_they_are_said() {
        for (heard, wanted) in [
            ("三八幺五", "3815"),
            ("3 8 1 5。", "3815"),
            ("两零", "20"),
            ("〇壹", "01"),
            ("是巴而以", "821"),
            ("好的", ""),
        ] {
            assert_eq!(digits(heard), wanted);
        }
    }
}
