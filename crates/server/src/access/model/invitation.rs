//! Invitations: a link that one hand carries, and a word that another does.

use super::StaffId;
use crate::access::refusal::Refusal;
use crate::clock::DAY_MS;
use crate::random::Random;
use crate::vault::Private;

/// How long a link and its word can be used.
pub const INVITATION_MS: i64 = 3 * DAY_MS;
/// Wrong words after which a link is closed.
pub const WORD_TRIES_MAX: i64 = 5;

const WORD_CHARS: usize = 8;
/// Crockford's base 32: 40 bits in a word that can be said on the phone.
const WORD_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A word in two groups of four.
pub fn fresh_word(random: &Random) -> Private<String> {
    let signs: Vec<char> = random
        .bytes::<WORD_CHARS>()
        .iter()
        .map(|byte| char::from(WORD_ALPHABET[usize::from(byte % 32)]))
        .collect();
    let groups: Vec<String> = signs.chunks(4).map(String::from_iter).collect();
    Private::new(groups.join("-"))
}

/// A word as digested: without hyphens and blanks, in upper case, signs that look alike taken for one. None when it can't
/// be one.
pub fn plain_word(given: &str) -> Option<Private<String>> {
    let plain: String = given
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .map(|sign| match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let sound =
        plain.len() == WORD_CHARS && plain.bytes().all(|byte| WORD_ALPHABET.contains(&byte));
    sound.then(|| Private::new(plain))
}

/// How a link that may be used stands with its word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Who made the link.
    pub made_by: String,
    /// Its digest, and who gave it; none as long as nobody else agreed.
    pub word: Option<(Vec<u8>, String)>,
    pub failures: i64,
}

impl Lock {
    /// Whoever gives the word to a link is not who holds the link.
    pub fn may_give_word(&self, giver: &StaffId) -> Result<(), Refusal> {
        if self.made_by == giver.as_str() {
            Err(Refusal::SecondPersonNeeded)
        } else {
            Ok(())
        }
    }

    /// Who had both link and word, if one seat had.
    pub fn one_hand(&self) -> Option<&str> {
        let (_, given_by) = self.word.as_ref()?;
        (*given_by == self.made_by).then_some(given_by)
    }

    /// Tries left after one more wrong word.
    pub fn tries_left(&self) -> i64 {
        (WORD_TRIES_MAX - self.failures - 1).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_however_it_is_said_and_typed() {
        let word = fresh_word(&Random::seeded(1));
        assert_eq!(word.expose().len(), 9);
        assert_ne!(
            word.expose(),
            fresh_word(&Random::seeded(2)).expose(),
            "words differ"
        );
        let plain = plain_word(word.expose()).expect("a word");
        assert_eq!(*plain.expose(), word.expose().replace('-', ""));
        for (given, expected) in [
            ("7k3m-9qta", Some("7K3M9QTA")),
            (" 7K3M 9QTA ", Some("7K3M9QTA")),
            ("oIl0-1111", Some("01101111")),
            ("7K3M-9QT", None),
            ("7K3M-9QTAA", None),
            ("7K3M-9QTU", None),
            ("七七七七", None),
            ("", None),
        ] {
            let read = plain_word(given).map(|word| word.expose().clone());
            assert_eq!(read.as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn the_word_comes_from_another_hand_and_the_fifth_wrong_one_is_the_last() {
        let staff = |seed| {
            let body = crate::id::body(1, &Random::seeded(seed));
            StaffId::stored(format!("stf_{body}"))
        };
        let mut lock = Lock {
            made_by: staff(1).to_string(),
            word: None,
            failures: 0,
        };
        let refused = Err(Refusal::SecondPersonNeeded);
        assert_eq!(lock.may_give_word(&staff(1)), refused);
        assert_eq!(lock.may_give_word(&staff(2)), Ok(()));
        for (giver, hand) in [(None, None), (Some(1), Some(staff(1))), (Some(2), None)] {
            lock.word = giver.map(|seed| (vec![0], staff(seed).to_string()));
            assert_eq!(lock.one_hand(), hand.as_ref().map(StaffId::as_str));
        }
        for (failures, left) in [(0, 4), (3, 1), (4, 0), (9, 0)] {
            lock.failures = failures;
            assert_eq!(lock.tries_left(), left);
        }
    }
}
