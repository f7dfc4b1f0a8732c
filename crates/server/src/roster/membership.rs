//! Words and codes under which a fee for a membership hides in a price. Data: another word is another line.

/// Codes of items, whole or with anything behind an underscore.
const CODES: &[&str] = &[
    "membership",
    "member_fee",
    "vip",
    "benefits",
    "benefit_pack",
    "perks",
    "privilege",
    "quota_boost",
    "speed_up",
];

/// Parts of a Chinese name.
const CHINESE: &[&str] = &[
    "会员",
    "权益包",
    "权益卡",
    "权益费",
    "权益金",
    "权益服务",
    "权益礼",
    "特权",
    "尊享",
    "加速卡",
    "加速包",
    "提额卡",
    "提额包",
    "提速",
    "月卡",
    "季卡",
    "年卡",
    "黑卡",
    "优享卡",
    "贵宾",
];

/// Parts of an English name, or of an English word in a Chinese one.
const ENGLISH: &[&str] = &[
    "membership",
    "member fee",
    "members fee",
    "vip",
    "perks",
    "privilege",
    "benefit pack",
    "benefits pack",
    "benefit card",
    "benefits card",
];

/// True when an item is a membership fee by its code or by the words of its name.
pub fn is_membership(code: &str, zh: &str, en: &str) -> bool {
    let code = code.to_ascii_lowercase();
    let coded = CODES.iter().any(|known| {
        code == *known
            || code
                .strip_prefix(known)
                .is_some_and(|rest| rest.starts_with('_'))
    });
    let joined = letters(zh, Spaces::Dropped);
    let spaced = [letters(zh, Spaces::Kept), letters(en, Spaces::Kept)];
    coded
        || CHINESE.iter().any(|word| joined.contains(word))
        || ENGLISH
            .iter()
            .any(|word| spaced.iter().any(|name| has_words(name, word)))
}

/// What becomes of the gaps in a name.
#[derive(Clone, Copy, PartialEq)]
enum Spaces {
    /// `会 员·费` is `会员费`.
    Dropped,
    Kept,
}

/// A name in small letters of ordinary width, without marks between them.
fn letters(name: &str, spaces: Spaces) -> String {
    let mut out = String::new();
    for c in name.chars() {
        let c = match c {
            // Full-width forms of ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            other => other,
        };
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if spaces == Spaces::Kept && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

/// True when the words stand in a name and no Latin letter touches them.
fn has_words(name: &str, words: &str) -> bool {
    name.match_indices(words).any(|(at, _)| {
        let before = name[..at].chars().next_back();
        let after = name[at + words.len()..].chars().next();
        let apart = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphabetic());
        apart(before) && apart(after)
    })
}

#[cfg(test)]
mod tests {
    use super::is_membership;

    #[test]
    fn a_membership_is_known_by_code_or_words_however_they_are_spelt() {
        for (code, zh, en) in [
            ("membership", "服务", "Service"),
            ("vip_gold", "服务", "Service"),
            ("fee", "会员费", "Fee"),
            ("fee", "会 员·费", "Fee"),
            ("fee", "尊享权益包", "Fee"),
            ("fee", "ＶＩＰ服务", "Fee"),
            ("fee", "服务", "Gold Membership"),
            ("fee", "服务", "Benefits-Pack"),
        ] {
            assert!(is_membership(code, zh, en), "{code} {zh} {en}");
        }
    }

    #[test]
    fn ordinary_charges_are_none() {
        for (code, zh, en) in [
            ("guarantee_fee", "担保费", "Guarantee fee"),
            ("service_fee", "账户管理费", "Service fee"),
            ("remember", "提醒服务", "Reminders we remember"),
            ("insurance", "保证保险费", "Insurance premium"),
            ("vipers", "咨询", "Viper advice"),
        ] {
            assert!(!is_membership(code, zh, en), "{code} {zh} {en}");
        }
    }
}
