//! Typed, prefixed, time-ordered identifiers: `jny_01jd…`.

use crate::random::Random;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters after the prefix: 130 bits hold 48 bits of time and 80 of chance.
pub const BODY_CHARS: usize = 26;

/// The body of an id: UUIDv7-like order, Crockford base 32 in lower case.
pub fn body(now_ms: i64, random: &Random) -> String {
    let chance = random.bytes::<10>();
    let mut bits = (now_ms.max(0) as u128) << 80;
    for (i, byte) in chance.iter().enumerate() {
        bits |= u128::from(*byte) << (8 * (9 - i));
    }
    (0..BODY_CHARS)
        .rev()
        .map(|i| ALPHABET[((bits >> (5 * i)) & 31) as usize] as char)
        .collect()
}

/// The least body of an id that is made at an instant: every id of that instant or later sorts behind it.
pub fn floor(at_ms: i64) -> String {
    let bits = (at_ms.max(0) as u128) << 80;
    (0..BODY_CHARS)
        .rev()
        .map(|i| ALPHABET[((bits >> (5 * i)) & 31) as usize] as char)
        .collect()
}

/// True when `text` is `prefix_` and a well-formed body.
pub fn well_formed(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|body| body.len() == BODY_CHARS && body.bytes().all(|b| ALPHABET.contains(&b)))
}

/// Declares an id type with its prefix.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id, ordered by time.
            pub fn fresh(now_ms: i64, random: &$crate::random::Random) -> Self {
                Self(format!("{}_{}", $prefix, $crate::id::body(now_ms, random)))
            }

            /// Reads an id; anything ill-formed is simply not found.
            pub fn parse(text: &str) -> $crate::error::Result<Self> {
                if $crate::id::well_formed($prefix, text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::error::Error::not_found())
                }
            }

            /// Takes an id that this program wrote itself.
            pub(crate) fn stored(text: String) -> Self {
                Self(text)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&$name> for sea_orm::Value {
            fn from(id: &$name) -> Self {
                id.0.clone().into()
            }
        }
    };
}

id!(
    /// A lender (tenant) of this house.
    InstitutionId,
    "ins"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_parse_only_their_own_prefix() {
        let random = Random::seeded(7);
        let early = format!("jny_{}", body(1_000, &random));
        let late = format!("jny_{}", body(2_000, &random));
        assert!(early < late);
        assert!(early < format!("jny_{}", floor(2_000)) && late >= format!("jny_{}", floor(2_000)));
        assert!(well_formed("jny", &early));
        assert!(!well_formed("sub", &early));
        assert!(!well_formed("jny", "jny_IIIIIIIIIIIIIIIIIIIIIIIIII"));
        assert!(!well_formed("jny", "jny_"));
    }
}
