//! Pictures and voices with a licence, for tests and figures; never in the repository.

use crate::media::{self, Bounds};
use crate::models::packages::{FACE_API, Package, Registry};
use crate::models::{ProvideError, unpacked};
use crate::sound::{RATE, Sound};
use crate::{NotPerformed, Unreadable};
use std::path::{Path, PathBuf};

const PICTURES: Package = Package {
    registry: Registry::Sdist,
    name: "face_recognition",
    version: "1.3.0",
    sha256: "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    licence: "MIT; portraits of the White House, public domain",
    source: "github.com/ageitgey/face_recognition",
};

const fn voice(name: &'static str, sha256: &'static str) -> Package {
    Package {
        registry: Registry::Debian,
        name,
        version: "1.6.1-1",
        sha256,
        licence: "CC-BY-SA-3.0",
        source: "downloads.asterisk.org, core sounds",
    }
}

/// Speakers who read many prompts each: English and Spanish are one person.
const SPEAKERS: [(Package, &str, &str); 5] = [
    (
        voice(
            "asterisk-core-sounds-en-g722",
            "38c5261820b406dcb0ecb37675720da2b0864850690690352ca52707eb623806",
        ),
        "en_US_f_Allison",
        "Allison",
    ),
    (
        voice(
            "asterisk-core-sounds-es-g722",
            "e4e3b4281057d3b81b779298fd6be705f57411513955c518eed1bcaabbd615b8",
        ),
        "es_MX_f_Allison",
        "Allison",
    ),
    (
        voice(
            "asterisk-core-sounds-fr-g722",
            "7add61d5e42279ecff1bbdf842a5a946ac3644fac9a0fe44384731aa7270c8e0",
        ),
        "fr_CA_f_June",
        "June",
    ),
    (
        voice(
            "asterisk-core-sounds-it-g722",
            "46b4cf7afc508a5fcfc051b7ea233251c0d195dd4ef83cc4b7facb4c6429b016",
        ),
        "it_IT_m_Carlo",
        "Carlo",
    ),
    (
        voice(
            "asterisk-core-sounds-ru-g722",
            "673b4238a6b8269960f055d868c6a11083f7a0d00979167cb01554046b48ed9b",
        ),
        "ru_RU_f_IvrvoiceRU",
        "IvrvoiceRU",
    ),
];

const SYLLABLES: Package = Package {
    registry: Registry::Debian,
    name: "gcin-voice",
    version: "0~20170223-3",
    sha256: "6a0353f0294d06f7bd901bada3d5d9eec63b66c2ec029f92da3124d93d45de70",
    licence: "voice 3 LGPL-3, voice 5 CC-BY-3.0",
    source: "Debian, recorded Mandarin syllables",
};

/// Two women who recorded every Mandarin syllable, as the package numbers them.
pub const MANDARIN_VOICES: [&str; 2] = ["3", "5"];

/// A portrait and who it shows; pictures of one photograph count as one session.
pub const PORTRAITS: [(&str, &str, &str); 6] = [
    ("biden.jpg", "B", "B1"),
    ("obama.jpg", "O", "O1"),
    ("obama_partial_face.jpg", "O", "O1"),
    ("obama_partial_face2.jpg", "O", "O1"),
    ("obama2.jpg", "O", "O2"),
    ("obama3.jpg", "O", "O3"),
];

/// Pictures of several persons each.
pub const GROUPS: [&str; 6] = [
    "sample1.jpg",
    "sample2.jpg",
    "sample3.jpg",
    "sample4.jpg",
    "sample5.jpg",
    "sample6.jpg",
];

/// Fixtures in a models' folder.
pub struct Fixtures {
    folder: PathBuf,
}

impl Fixtures {
    /// Fetches what is not there.
    pub fn provide(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<Self, ProvideError> {
        let speakers = SPEAKERS.iter().map(|(package, ..)| package);
        for package in [&PICTURES, &FACE_API, &SYLLABLES]
            .into_iter()
            .chain(speakers)
        {
            unpacked(folder, package, tell)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The fixtures that an earlier call fetched.
    pub fn at(folder: &Path) -> Option<Self> {
        let there = |package: &Package| package.folder(folder).is_dir();
        let all = there(&PICTURES) && there(&SYLLABLES) && SPEAKERS.iter().all(|(p, ..)| there(p));
        all.then(|| Self {
            folder: folder.to_owned(),
        })
    }

    /// A portrait's file.
    pub fn portrait(&self, name: &str) -> PathBuf {
        let inside = "face_recognition-1.3.0/tests/test_images";
        PICTURES.folder(&self.folder).join(inside).join(name)
    }

    /// A group's file.
    pub fn group(&self, name: &str) -> PathBuf {
        FACE_API
            .folder(&self.folder)
            .join("package/demo")
            .join(name)
    }

    /// Every speaker's prompts in one row: set, person, and G.722 bytes.
    pub fn speakers(&self) -> std::io::Result<Vec<(&'static str, &'static str, Vec<u8>)>> {
        let read = |(package, set, person): &(Package, &'static str, &'static str)| {
            let inside = Path::new("usr/share/asterisk/sounds").join(set);
            let mut files: Vec<PathBuf> =
                std::fs::read_dir(package.folder(&self.folder).join(inside))?
                    .flatten()
                    .map(|entry| entry.path())
                    .filter(|path| path.extension().is_some_and(|ending| ending == "g722"))
                    .collect();
            files.sort();
            let parts = files
                .iter()
                .map(std::fs::read)
                .collect::<Result<Vec<_>, _>>()?;
            Ok((*set, *person, parts.concat()))
        };
        SPEAKERS.iter().map(read).collect()
    }

    /// A sentence of recorded syllables in Bopomofo with the tone's number, such as `ㄨㄛ3 ㄧ4`.
    pub fn sentence(&self, voice: &str, syllables: &str) -> Result<Sound, Unreadable> {
        let inside = SYLLABLES
            .folder(&self.folder)
            .join("usr/share/gcin-voice/ogg");
        let quiet = vec![0.0; RATE / 2];
        let mut samples = quiet.clone();
        for syllable in syllables.split(' ') {
            let file = inside.join(syllable).join(format!("{voice}.ogg"));
            let sound = media::sound(&file, &Bounds::default())?;
            samples.extend(trimmed(sound.samples()));
        }
        samples.extend(quiet);
        Sound::from_samples(samples)
    }
}

/// Without the quiet before and after, and as loud as speech is.
fn trimmed(samples: &[f32]) -> Vec<f32> {
    let loudest = samples
        .iter()
        .fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let loud = |sample: &f32| sample.abs() > 0.02 * loudest;
    let from = samples.iter().position(loud).unwrap_or(0);
    let to = samples.iter().rposition(loud).map_or(0, |last| last + 1);
    let part = &samples[from.min(to)..to];
    let squares: f32 = part.iter().map(|sample| sample * sample).sum();
    let factor = 0.08 / ((squares / part.len().max(1) as f32).sqrt() + 1e-6);
    part.iter()
        .map(|sample| (sample * factor).clamp(-1.0, 1.0))
        .collect()
}

/// Why a fixture could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// It could not be understood.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Nothing was checked.
    #[error(transparent)]
    NotPerformed(#[from] NotPerformed),
    /// It could not be fetched.
    #[error(transparent)]
    Provide(#[from] ProvideError),
}
