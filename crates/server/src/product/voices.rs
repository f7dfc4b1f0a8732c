//! The institution's own recordings of prompts: kept by their digest, which a node of a script names, or for some days.

use proof::digest::sha256;
use proof::hex;
use serde::Serialize;

use super::jobs::DropVoices;
use super::model::{Definition, Refused};
use super::recording::Node;
use super::store::voices::{self as store, Kept};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::{Error, Field, Result, Text};
use crate::id::InstitutionId;
use crate::ledger::Tx;

/// Largest recording of a prompt, bytes.
pub const VOICE_BYTES_MAX: usize = 1 << 20;
/// Recordings that one institution keeps.
pub const VOICES_MAX: i64 = 2_000;

/// Kinds of sound that browsers play; a phone that can't play one speaks with its own voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub enum VoiceMedia {
    #[serde(rename = "audio/wav")]
    Wav,
    #[serde(rename = "audio/mpeg")]
    Mp3,
    #[serde(rename = "audio/ogg")]
    Ogg,
    #[serde(rename = "audio/webm")]
    Webm,
}

impl VoiceMedia {
    pub const ALL: [Self; 4] = [Self::Wav, Self::Mp3, Self::Ogg, Self::Webm];

    /// By a file's first bytes, whatever it is called.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'A',
                b'V',
                b'E',
                ..,
            ] => Some(Self::Wav),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            [0xff, second, ..] if second & 0xe6 == 0xe2 => Some(Self::Mp3),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(Self::Webm),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
            Self::Webm => "audio/webm",
        }
    }
}

/// A recording that was looked at and may be kept.
#[derive(Clone, Debug)]
pub struct NewVoice {
    pub media: VoiceMedia,
    /// How long it is.
    pub ms: i64,
    pub bytes: Vec<u8>,
}

/// Where a recording's file lies.
pub fn blob(institution: &InstitutionId, digest: &str) -> String {
    format!("product/{institution}/voices/{digest}")
}

/// Keeps a recording; answers its digest. The same file again is fine.
pub async fn keep_voice(ctx: &Ctx, staff: &Staff, new: NewVoice) -> Result<String> {
    staff.must(Right::ProposeProducts)?;
    let digest = hex::encode(&sha256(&new.bytes));
    let size = i64::try_from(new.bytes.len())?;
    let seat = staff.seat();
    let now_ms = ctx.clock.now_ms();
    let kept = Kept {
        digest: &digest,
        media: new.media,
        bytes: size,
        ms: new.ms,
        by: &seat.id,
        at_ms: now_ms,
    };
    let why = "a voice is sworn to by the version that names it";
    let mut tx = ctx.db.begin_unrecorded(&staff.institution, why).await?;
    if !store::touch(&mut tx, &digest, now_ms).await? {
        if store::count(&tx).await? >= VOICES_MAX {
            return Err(Refused::VoicesTooMany.into());
        }
        // Somebody keeps the very same file at this moment.
        if store::insert(&mut tx, &kept).await?.is_none() {
            return Ok(digest);
        }
    }
    // Under the row's lock: whoever removes one takes its file away under the same.
    let file = blob(&staff.institution, &digest);
    ctx.blobs.put_once(&file, new.bytes).await?;
    let look = DropVoices::after(&staff.institution, now_ms)?;
    tx.exec_together(vec![look]).await?;
    tx.commit().await?;
    Ok(digest)
}

/// A recording's file.
pub async fn voice(
    ctx: &Ctx,
    institution: &InstitutionId,
    digest: &str,
) -> Result<Option<(Vec<u8>, VoiceMedia)>> {
    let view = ctx.db.read(institution).await?;
    let Some(media) = store::media_of(&view, digest).await? else {
        return Ok(None);
    };
    drop(view);
    let bytes = ctx.blobs.get(&blob(institution, digest)).await?;
    let bytes = bytes.ok_or_else(|| Error::internal("a voice without its file"))?;
    // Two people released these bytes, and no others are played.
    if hex::encode(&sha256(&bytes)) != digest {
        return Err(Error::internal("a voice whose file is another"));
    }
    Ok(Some((bytes, media)))
}

/// Names what a version's nodes are spoken by; answers those nodes whose recording the institution doesn't keep.
pub async fn named(tx: &mut Tx, definition: &Definition) -> Result<Vec<Field>> {
    let script = definition.recording.iter().flat_map(|one| &one.script);
    let mut fields = Vec::new();
    for (i, node) in script.enumerate() {
        for digest in digests(node) {
            if !store::name(tx, digest).await? {
                fields.push(Field::new(
                    format!("recording.script.{i}.voice"),
                    "not_found",
                    Text::new(
                        "没有这段录音，请重新上传。",
                        "There is no such recording; upload it again.",
                    ),
                ));
            }
        }
    }
    Ok(fields)
}

fn digests(node: &Node) -> impl Iterator<Item = &String> {
    node.voice.zh.iter().chain(&node.voice.en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_sound_are_told_by_their_first_bytes() {
        let cases: [(&[u8], Option<VoiceMedia>); 8] = [
            (b"RIFF\0\0\0\0WAVEfmt ", Some(VoiceMedia::Wav)),
            (b"ID3\x04\0", Some(VoiceMedia::Mp3)),
            (b"\xff\xfb\x90\x64", Some(VoiceMedia::Mp3)),
            (b"OggS\0\x02", Some(VoiceMedia::Ogg)),
            (b"\x1a\x45\xdf\xa3\x9f", Some(VoiceMedia::Webm)),
            // AAC in ADTS, and a picture.
            (b"\xff\xf1\x50\x80", None),
            (b"\xff\xd8\xff\xe0", None),
            (b"", None),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(VoiceMedia::of(bytes), wanted, "{bytes:02x?}");
        }
    }
}
