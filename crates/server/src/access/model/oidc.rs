//! Signing in with the institution's own provider (OpenID Connect); pure.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::filled;
use crate::error::{Field, Text};

/// How long someone may take at the provider.
pub const OIDC_MS: i64 = 10 * 60_000;

/// Who an institution lets say who its staff are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// As it stands in its tokens, without a last slash unless it has one there.
    pub issuer: String,
    pub client_id: String,
    /// The claim that is someone's account here, such as `preferred_username`: one that people can't change themselves.
    pub claim: String,
    /// The authentication context that counts as a second factor; others are refused.
    pub acr: Option<String>,
    /// The authentication method that counts as a second factor; sign-ins without it are refused.
    pub amr: Option<String>,
}

impl OidcProvider {
    /// Every mistake but the issuer's, by field.
    pub fn check(&self) -> Vec<Field> {
        let claim = self.claim.len() <= 40
            && !self.claim.is_empty()
            && self
                .claim
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let demand = |text: &Option<String>| text.as_ref().is_none_or(|text| filled(text, 200));
        let parts = [
            ("client_id", filled(&self.client_id, 200)),
            ("claim", claim),
            ("acr", demand(&self.acr)),
            ("amr", demand(&self.amr)),
        ];
        let wrong = parts.into_iter().filter(|(_, sound)| !sound);
        wrong
            .map(|(path, _)| {
                let text = Text::new("格式不对。", "That is not well formed.");
                Field::new(path, "text_format", text)
            })
            .collect()
    }

    /// Whether its word is as good as a second factor of ours.
    pub fn assures(&self) -> bool {
        self.acr.is_some() || self.amr.is_some()
    }

    /// The account that verified claims name; none when they show less than is asked for.
    pub fn account<'a>(&self, claims: &'a Value) -> Option<&'a str> {
        let acr = self.acr.as_deref();
        let amr = self.amr.as_deref();
        let methods = claims["amr"].as_array();
        let enough = acr.is_none_or(|acr| claims["acr"] == acr)
            && amr.is_none_or(|amr| methods.is_some_and(|all| all.iter().any(|one| one == amr)));
        claims[&self.claim].as_str().filter(|_| enough)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn provider(acr: Option<&str>, amr: Option<&str>) -> OidcProvider {
        OidcProvider {
            issuer: "https://id.example".to_owned(),
            client_id: "xiaobao".to_owned(),
            claim: "preferred_username".to_owned(),
            acr: acr.map(str::to_owned),
            amr: amr.map(str::to_owned),
        }
    }

    #[test]
    fn claims_name_an_account_when_they_show_what_is_asked_for() {
        let who = json!({ "preferred_username": "heyun", "acr": "loa2", "amr": ["pwd", "otp"] });
        let cases = [
            (None, None, &who, Some("heyun")),
            (Some("loa2"), Some("otp"), &who, Some("heyun")),
            (Some("loa3"), None, &who, None),
            (None, Some("hwk"), &who, None),
            (None, None, &json!({ "sub": "heyun" }), None),
            (
                None,
                None,
                &json!({ "preferred_username": ["heyun"] }),
                None,
            ),
            (
                Some("loa2"),
                None,
                &json!({ "preferred_username": "heyun" }),
                None,
            ),
            (
                None,
                Some("otp"),
                &json!({ "preferred_username": "heyun", "amr": "otp" }),
                None,
            ),
        ];
        for (acr, amr, claims, expected) in cases {
            assert_eq!(
                provider(acr, amr).account(claims),
                expected,
                "{acr:?} {amr:?}"
            );
        }
        assert!(!provider(None, None).assures() && provider(None, Some("otp")).assures());
    }

    #[test]
    fn every_mistake_is_named() {
        assert_eq!(provider(None, None).check(), vec![]);
        let mut wrong = provider(Some(""), Some("a\nb"));
        wrong.claim = "user name".to_owned();
        wrong.client_id = " ".to_owned();
        let paths: Vec<String> = wrong.check().into_iter().map(|field| field.path).collect();
        assert_eq!(paths, ["client_id", "claim", "acr", "amr"]);
    }
}
