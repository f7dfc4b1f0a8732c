use serde::Serialize;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident: $zh:literal, $en:literal;)*) => {
        /// Stable reasons for which a bundle fails; in JSON in snake case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $(#[doc = $en] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The reason in Chinese and in English.
            #[must_use]
            pub fn texts(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($zh, $en),)*
                }
            }
        }
    };
}

codes! {
    BundleTooLarge: "证据包超过 256 MiB", "The bundle is larger than 256 MiB";
    TooManyEntries: "文件超过 10,000 个", "There are more than 10,000 files";
    ContainerEnd: "压缩包的结尾记录不对", "The container's end record is wrong";
    ContainerEntry: "压缩包中该文件的目录或文件头不对", "The container's record or header of this entry is wrong";
    ContainerName: "文件名不合规则", "The file name breaks the rules";
    ContainerOrder: "文件没有按名称排序", "The files are not sorted by name";
    ContainerNotCanonical: "压缩包不是唯一的规范写法", "The container is not in its one canonical form";
    CrcWrong: "文件内容与校验码不符", "The file's content does not match its checksum";
    FileMissing: "缺少文件", "The file is missing";
    FileUnlisted: "清单没有列出该文件", "The manifest does not list the file";
    FileUnexpected: "证据包里不应有该文件", "The file has no place in a bundle";
    FileNameClash: "两个文件名只有大小写不同", "Two file names differ only in case";
    ManifestMalformed: "清单不是规范的写法", "The manifest is malformed";
    SizeWrong: "文件长度与清单不符", "The file's length differs from the manifest";
    Sha256Wrong: "文件的 SHA-256 与清单不符", "The file's SHA-256 differs from the manifest";
    Sm3Wrong: "文件的 SM3 与清单不符", "The file's SM3 differs from the manifest";
    MediaTypeWrong: "清单写的文件类型不对", "The manifest's media type is wrong";
    KeyMalformed: "公钥文件不对", "The key file is malformed";
    SignatureMalformed: "清单签名的格式不对", "The manifest's signature is malformed";
    SignatureWrong: "清单签名不成立", "The manifest's signature does not hold";
    SignerNameWrong: "签名者的名称不属于该日志", "The signer's name does not belong to the log";
    CheckpointMalformed: "检查点的格式不对", "The checkpoint is malformed";
    CheckpointSignatureWrong: "检查点上的签名不成立", "A signature on the checkpoint does not hold";
    NoFacts: "证据包里没有事实", "The bundle holds no facts";
    FactMalformed: "事实不是规范的写法", "The fact is malformed";
    ProofMalformed: "存在性证明的格式不对", "The proof is malformed";
    NotInLog: "该事实不在日志之中", "The fact is not in the log";
    NumberGap: "案件中缺少该编号的事实", "The case's fact of this number is missing";
    NumberWrong: "事实的编号与文件名不符", "The fact's number differs from its file name";
    NumberTwice: "同一编号出现了两次", "The number occurs twice";
    LinkBroken: "事实没有接上前一条事实", "The fact does not link to the one before it";
    OtherCase: "事实属于别的案件", "The fact belongs to another case";
    OtherInstitution: "事实属于别的机构", "The fact belongs to another institution";
    ForgottenMalformed: "已删除事实的记录格式不对", "The record of the forgotten fact is malformed";
    ForgottenUndeclared: "没有事实声明该条已被删除", "No fact declares this one forgotten";
    ForgottenLast: "最后一条事实不能是已删除的", "The last fact can't be a forgotten one";
    ForgettingUnused: "该事实不是删除声明,或与本案无关", "The fact is no declaration of forgetting, or none of this case's";
    DocumentUnbound: "没有事实提到该文件的摘要", "No fact names the document's digest";
    SegmentMalformed: "录像分段的记录不是规范的写法", "The record of the recording's segment is malformed";
    SegmentUnsworn: "没有事实说过收到这段录像", "No fact says that this segment was received";
    SegmentCountWrong: "录像分段的片数、字节数或格式与事实不符", "The segment's chunks, bytes or media differ from what the fact says";
    SegmentHeadWrong: "由各片摘要算出的链头与事实不符", "The head over the segment's chunks is not the fact's";
    FilmUnbound: "录像没有对应的分段记录", "The film has no record of its segment";
    FilmLengthWrong: "录像的长度与各片之和不符", "The film's length is not that of its chunks";
    FilmChunkWrong: "录像中有一片与记录的摘要不符", "A chunk of the film is not the one that was recorded";
}
