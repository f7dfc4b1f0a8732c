//! A value that must not leave by accident.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroize;

/// Personal data or a secret in memory: no `Display`, no `Serialize`, `Debug` prints dots, wiped when dropped.
#[derive(Clone, utoipa::ToSchema)]
pub struct Private<T: Zeroize>(T);

impl<T: Zeroize> Private<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; each caller shows where personal data goes.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Private<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl From<&str> for Private<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Private<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_dots_even_inside_other_values() {
        let secret = Private::from("13800000000");
        assert_eq!(secret.expose(), "13800000000");
        assert_eq!(format!("{:?}", Some(secret)), "Some(•••)");
    }
}
