//! What face and voice are compared by within one recording.

use perception::faces::Descriptor;
use perception::voices::Voiceprint;
use serde::{Deserialize, Serialize};

/// Templates of one recording, made at its first nodes: biometric data (C3), to be sealed by whoever keeps them.
///
/// Each is serialised as its numbers' bytes, little-endian, in base64.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    #[serde(default, with = "packed", skip_serializing_if = "Option::is_none")]
    pub face: Option<Vec<f32>>,
    #[serde(default, with = "packed", skip_serializing_if = "Option::is_none")]
    pub voice: Option<Vec<f32>>,
    /// Of the photo on the person's card.
    #[serde(default, with = "packed", skip_serializing_if = "Option::is_none")]
    pub card: Option<Vec<f32>>,
}

impl std::fmt::Debug for Enrolled {
    /// Which templates there are, never their numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolled")
            .field("face", &self.face.is_some())
            .field("voice", &self.voice.is_some())
            .field("card", &self.card.is_some())
            .finish()
    }
}

impl Enrolled {
    pub(super) fn descriptor(&self) -> Option<Descriptor> {
        Descriptor::from_values(self.face.clone()?)
    }

    pub(super) fn voiceprint(&self) -> Option<Voiceprint> {
        Voiceprint::from_values(self.voice.clone()?)
    }
}

mod packed {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(values: &Option<Vec<f32>>, to: S) -> Result<S::Ok, S::Error> {
        let Some(values) = values else {
            return to.serialize_none();
        };
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<f32>>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else {
            return Ok(None);
        };
        // The words of an error name no number of a template.
        let torn = || serde::de::Error::custom("not a template");
        let bytes = STANDARD.decode(text).map_err(|_| torn())?;
        let (fours, rest) = bytes.as_chunks::<4>();
        let values: Vec<f32> = fours.iter().map(|four| f32::from_le_bytes(*four)).collect();
        match rest.is_empty() && values.iter().all(|value| value.is_finite()) {
            true => Ok(Some(values)),
            false => Err(torn()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_travel_whole_and_show_nothing() {
        let enrolled = Enrolled {
            face: Some((0..Descriptor::LENGTH).map(|at| at as f32 / 7.0).collect()),
            voice: None,
            card: None,
        };
        let json = serde_json::to_string(&enrolled).expect("serialises");
        assert!(json.len() < 720 && !json.contains("voice"), "{json}");
        let back: Enrolled = serde_json::from_str(&json).expect("reads");
        assert!(back == enrolled && back.descriptor().is_some());
        assert_eq!(back.voiceprint(), None);
        assert_eq!(
            format!("{enrolled:?}"),
            "Enrolled { face: true, voice: false, card: false }"
        );
    }

    #[test]
    fn what_is_no_template_is_refused_without_its_numbers() {
        for torn in [
            r#"{"face":"AAA="}"#,
            r#"{"face":"AADAfw=="}"#,
            r#"{"face":"%"}"#,
        ] {
            let refused = serde_json::from_str::<Enrolled>(torn).expect_err(torn);
            assert!(
                refused.to_string().starts_with("not a template"),
                "{refused}"
            );
        }
        assert!(serde_json::from_str::<Enrolled>(r#"{"iris":"AA=="}"#).is_err());
        let short: Enrolled = serde_json::from_str(r#"{"face":"AAAAAA=="}"#).expect("reads");
        assert_eq!(short.descriptor(), None);
    }
}
