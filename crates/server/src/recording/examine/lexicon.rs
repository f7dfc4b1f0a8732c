//! Words that schemes around loans are known by; a hit is a reason for a person to look, no verdict.

use std::sync::LazyLock;

use perception::speech::{Expected, said};

/// Phrase, scheme and where the wording was seen.
const LINES: &str = include_str!("../scheme_lexicon.tsv");

/// Each phrase as it sounds.
static PHRASES: LazyLock<Vec<(&'static str, Expected)>> = LazyLock::new(|| {
    let phrases = rows().map(|row| row[0]);
    phrases
        .map(|phrase| (phrase, Expected::new([phrase])))
        .collect()
});

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = LINES.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).map(|line| line.split('\t').collect())
}

/// Codes that nobody else may know, as people call them.
static CODES: LazyLock<Expected> =
    LazyLock::new(|| Expected::new(["验证码", "动态码", "短信码", "动态密码"]));

/// Told to whoever speaks of codes, whatever they say of them.
pub fn speaks_of_codes(heard: &str) -> Option<&'static str> {
    said(heard, &CODES).then_some("code_said")
}

/// Whether such words were said, but for those that an asked-for answer holds itself.
pub fn holds_scheme_words(heard: &str, asked_for: &[&[String]]) -> bool {
    let own = |phrase: &Expected| asked_for.concat().iter().any(|answer| said(answer, phrase));
    PHRASES
        .iter()
        .any(|(_, phrase)| said(heard, phrase) && !own(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_schemes_are_told_from_answers() {
        let none: &[&[String]] = &[];
        for heard in [
            "他说是内部渠道，服务费两个点",
            "有人教我做流水",
            "我找的AB贷",
        ] {
            assert!(holds_scheme_words(heard, none), "{heard}");
        }
        for heard in [
            "我已知晓",
            "是我自己用",
            "没有内部渠道",
            "我自己申请的，没有交费",
            "",
        ] {
            assert!(!holds_scheme_words(heard, none), "{heard}");
        }
        let own = vec![
            "我没有交过风险评估费".to_owned(),
            "交过风险评估费".to_owned(),
        ];
        assert!(!holds_scheme_words("交过风险评估费", &[&own]));
    }

    #[test]
    fn who_speaks_of_codes_is_told_to_keep_them() {
        for heard in ["他让我把验证码发给他", "把眼证码告诉我", "他要短信碼"]
        {
            assert_eq!(speaks_of_codes(heard), Some("code_said"), "{heard}");
        }
        for heard in ["没有", "我已知晓全部成本", ""] {
            assert_eq!(speaks_of_codes(heard), None, "{heard}");
        }
    }

    #[test]
    fn every_line_has_its_three_columns_and_stands_once() {
        let mut phrases: Vec<&str> = Vec::new();
        for row in rows() {
            assert!(
                row.len() == 3 && row.iter().all(|cell| !cell.is_empty()),
                "{row:?}"
            );
            phrases.push(row[0]);
        }
        assert!(phrases.len() > 200);
        phrases.sort_unstable();
        assert!(phrases.windows(2).all(|two| two[0] != two[1]));
    }
}
