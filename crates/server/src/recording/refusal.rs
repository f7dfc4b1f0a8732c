//! Why this room refuses.

use crate::error::{Kind, Refuse, Text};

/// When running recordings may have ended, and somebody may have made room, ms.
const ROOM_AGAIN_MS: i64 = 600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NotRead,
    Full,
    /// The room that is left is for those that run.
    DiskLow,
    TooOften,
    NotBegun,
    Over,
    MediaUnknown,
    SegmentsTooMany,
    SegmentUnknown,
    ChunkEmpty,
    ChunkTooLarge,
    ChunkDiffers,
    ChunkOutOfOrder,
    ChainBroken,
    TooLong,
    NotThisNode,
    NodeNotOpen,
    MarksWrong,
    ChunksMissing,
    WrittenLength,
    NotWaiting,
    /// An answer ended it.
    Stopped,
    /// Not every node was answered before the camera.
    Incomplete,
    NotSeen,
    /// Picks that don't stand in the recording.
    NodesWrong,
    /// Left out is one that nobody recorded.
    NodesLeft,
    /// The films are gone.
    Erased,
    VoiceTooLarge,
    VoiceUnreadable,
    VoiceLength,
    VoiceSilent,
    VoiceBusy,
    /// A colleague leads: the page opens and ends nothing by itself.
    AgentLeads,
    /// The person records alone.
    NotLed,
    QueueFull,
    Taken,
    ForColleague,
    LeadsAnother,
    NotYours,
    NothingComes,
    /// A colleague leads without a film of their own.
    OwnFilmMissing,
    /// Said of the person, not by them.
    NotAWish,
    AskedTooOften,
    HandedTooOften,
    NoColleague,
    TurnOver,
    SignalTooLarge,
    LedIt,
    Suspected,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotRead => "recording_sheet_not_confirmed",
            Self::Full => "recordings_full",
            Self::DiskLow => "recording_disk_low",
            Self::TooOften => "recordings_too_many",
            Self::NotBegun => "recording_not_begun",
            Self::Over => "recording_over",
            Self::MediaUnknown => "media_unknown",
            Self::SegmentsTooMany => "recording_segments_too_many",
            Self::SegmentUnknown => "recording_segment_unknown",
            Self::ChunkEmpty => "chunk_empty",
            Self::ChunkTooLarge => "chunk_too_large",
            Self::ChunkDiffers => "chunk_differs",
            Self::ChunkOutOfOrder => "chunk_out_of_order",
            Self::ChainBroken => "chunk_chain_broken",
            Self::TooLong => "recording_too_long",
            Self::NotThisNode => "recording_node_not_due",
            Self::NodeNotOpen => "recording_node_not_open",
            Self::MarksWrong => "recording_marks_wrong",
            Self::ChunksMissing => "recording_chunks_missing",
            Self::WrittenLength => "recording_written_length",
            Self::NotWaiting => "recording_not_waiting",
            Self::Stopped => "recording_stopped",
            Self::Incomplete => "recording_incomplete",
            Self::NotSeen => "recording_not_seen",
            Self::NodesWrong => "recording_nodes_wrong",
            Self::NodesLeft => "recording_nodes_left",
            Self::Erased => "recording_erased",
            Self::VoiceTooLarge => "voice_too_large",
            Self::VoiceUnreadable => "voice_unreadable",
            Self::VoiceLength => "voice_length",
            Self::VoiceSilent => "voice_silent",
            Self::VoiceBusy => "voice_busy",
            Self::AgentLeads => "recording_agent_leads",
            Self::NotLed => "recording_not_led",
            Self::QueueFull => "recording_queue_full",
            Self::Taken => "recording_taken",
            Self::ForColleague => "recording_for_colleague",
            Self::LeadsAnother => "recording_leads_another",
            Self::NotYours => "recording_not_yours",
            Self::NothingComes => "recording_nothing_comes",
            Self::OwnFilmMissing => "recording_own_film_missing",
            Self::NotAWish => "recording_not_a_wish",
            Self::AskedTooOften => "recording_asked_too_often",
            Self::HandedTooOften => "recording_handed_too_often",
            Self::NoColleague => "recording_no_colleague",
            Self::TurnOver => "recording_turn_over",
            Self::SignalTooLarge => "recording_signal_too_large",
            Self::LedIt => "recording_led_by_reviewer",
            Self::Suspected => "recording_suspected",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::MediaUnknown
            | Self::ChunkEmpty
            | Self::ChunkTooLarge
            | Self::MarksWrong
            | Self::NodesWrong
            | Self::SignalTooLarge
            | Self::NoColleague
            | Self::NotAWish
            | Self::WrittenLength
            | Self::VoiceUnreadable
            | Self::VoiceLength
            | Self::VoiceSilent => Kind::Invalid,
            Self::VoiceTooLarge => Kind::TooLarge,
            Self::Full | Self::QueueFull | Self::VoiceBusy => Kind::TooMany,
            Self::DiskLow => Kind::NoRoom,
            Self::NotYours | Self::LedIt => Kind::Forbidden,
            Self::SegmentUnknown => Kind::NotFound,
            _ => Kind::Conflict,
        }
    }

    fn retry_after_ms(&self) -> Option<i64> {
        (*self == Self::DiskLow).then_some(ROOM_AGAIN_MS)
    }

    fn text(&self) -> Text {
        match self {
            Self::NotRead => Text::new("请先确认明示表。", "Confirm the cost sheet first."),
            Self::Full => Text::new(
                "现在录制的人较多，请稍后再试；正在进行的录制不受影响。",
                "Too many are recording at this moment. Try again later; running ones go on.",
            ),
            Self::DiskLow => Text::new(
                "现在存不下新的录像，请稍后再试，或请工作人员帮您办；正在进行的录制不受影响。",
                "There is no room for another recording just now. Try again later, or let a colleague help; running ones go on.",
            ),
            Self::TooOften => Text::new(
                "录制次数已达上限，请联系人工。",
                "There were too many recordings; a colleague will help.",
            ),
            Self::NotBegun => Text::new("还没有开始录制。", "Recording has not begun."),
            Self::Over => Text::new(
                "这次录制已经结束，已收到的内容都保存好了。",
                "This recording is over; what arrived is kept.",
            ),
            Self::MediaUnknown => Text::new(
                "不支持这种录制格式。",
                "This kind of recording can't be taken.",
            ),
            Self::SegmentsTooMany => Text::new(
                "中断次数太多，请联系人工。",
                "It was interrupted too often; a colleague will help.",
            ),
            Self::SegmentUnknown => Text::new("没有这一段录制。", "There is no such segment."),
            Self::ChunkEmpty => Text::new("这一片是空的。", "This chunk is empty."),
            Self::ChunkTooLarge => {
                Text::new("这一片超过 1 MB。", "This chunk is larger than 1 MB.")
            }
            Self::ChunkDiffers => Text::new(
                "这一片与先前收到的不同，先前的保持不变。",
                "This chunk differs from the one that was taken; that one stays.",
            ),
            Self::ChunkOutOfOrder => Text::new(
                "前面还有没收到的，请从 next_chunk 继续。",
                "Earlier chunks are missing; go on at next_chunk.",
            ),
            Self::ChainBroken => Text::new(
                "校验链不符，请从 next_chunk 重新计算。",
                "The chain doesn't fit; reckon it anew from next_chunk.",
            ),
            Self::TooLong => Text::new(
                "录制太长，请联系人工。",
                "The recording is too long; a colleague will help.",
            ),
            Self::NotThisNode => Text::new("现在不是这一题。", "It isn't this question's turn."),
            Self::NodeNotOpen => Text::new(
                "这一题还没有开始，或已经答过。",
                "This question was not asked, or is answered already.",
            ),
            Self::MarksWrong => Text::new(
                "起止时间不成立。",
                "Begin and end of the answer don't hold.",
            ),
            Self::ChunksMissing => Text::new(
                "答题的录像还没有传完。",
                "The recording of this answer has not arrived yet.",
            ),
            Self::WrittenLength => {
                Text::new("请用 1 至 100 个字回答。", "Answer in 1 to 100 characters.")
            }
            Self::NotWaiting => Text::new(
                "这份录制不在等待复核。",
                "This recording doesn't wait for a colleague.",
            ),
            Self::Stopped => Text::new(
                "本人的回答使录制中止，不能改判通过；可以请本人重新录制。",
                "An answer ended this recording; it can't be passed, but the person may record once more.",
            ),
            Self::Incomplete => Text::new(
                "还有问题没有录到回答，不能判通过；请本人换一部手机或到柜面平板上重录。",
                "Not every answer was recorded, so it can't be passed. The person records once more, on another phone or at the counter's tablet.",
            ),
            Self::NodesWrong => Text::new(
                "选的问题或时间不在这份录制里，或同一题选了两次；判通过时不能选。",
                "A question or time that isn't in this recording, one named twice, or any beside a yes.",
            ),
            Self::NodesLeft => Text::new(
                "没有选的问题里，有的没有录到回答；请一并选上，或整份重录。",
                "Among the questions that were left out is one without a recorded answer. Name it too, or have all recorded again.",
            ),
            Self::Erased => Text::new(
                "录像已过保存期限，按规定删除；结论和存证仍在。",
                "The film was erased when the time for keeping it was over; verdicts and evidence remain.",
            ),
            Self::NotSeen => Text::new("请先打开这份录制。", "Open the recording first."),
            Self::VoiceTooLarge => {
                Text::new("录音超过 1 MB。", "The recording is larger than 1 MB.")
            }
            Self::VoiceUnreadable => Text::new(
                "打不开这段录音，请用 WAV、MP3、OGG 或 WebM。",
                "This sound can't be played. Take WAV, MP3, OGG or WebM.",
            ),
            Self::VoiceLength => Text::new(
                "录音应为 0.3 秒至 60 秒。",
                "A recording of a prompt lasts 0.3 to 60 seconds.",
            ),
            Self::VoiceSilent => {
                Text::new("录音里没有声音。", "Nothing is heard in this recording.")
            }
            Self::VoiceBusy => Text::new(
                "现在忙不过来，请过一会儿再试。",
                "Too much is being worked on; try again in a moment.",
            ),
            Self::AgentLeads => Text::new(
                "这次录制由工作人员带着做，请等工作人员提问。",
                "A colleague leads this recording and asks the questions.",
            ),
            Self::NotLed => Text::new(
                "现在没有同事带领这份录制。",
                "No colleague leads this recording now.",
            ),
            Self::QueueFull => Text::new(
                "现在等候视频的人太多，请稍后再试，或先自己录。",
                "Too many people wait for a video call. Try again later, or record alone.",
            ),
            Self::Taken => Text::new("已有同事接待。", "A colleague has taken it already."),
            Self::ForColleague => Text::new(
                "这位客户正在等另一位同事。",
                "This person waits for another colleague.",
            ),
            Self::LeadsAnother => Text::new(
                "请先结束或转交手上的视频。",
                "End or hand over your other call first.",
            ),
            Self::NotYours => Text::new("这次视频不由您带领。", "You don't lead this recording."),
            Self::NothingComes => Text::new(
                "还没有收到对方的录像，请等对方的镜头打开。",
                "No film of the person arrives yet. Wait for their camera.",
            ),
            Self::OwnFilmMissing => Text::new(
                "您自己的录像还没有上传，请打开镜头再提问。",
                "No film of your own side arrives. Open your camera before you ask.",
            ),
            Self::NotAWish => Text::new(
                "请选择自己需要人工的原因。",
                "Choose the reason why you want a person.",
            ),
            Self::AskedTooOften => Text::new(
                "这一题问得太多次，请转交或结束。",
                "This question was asked too often. Hand over or end.",
            ),
            Self::HandedTooOften => Text::new(
                "转交次数已达上限，请结束后重新开始。",
                "It was handed over too often. End it and begin anew.",
            ),
            Self::NoColleague => Text::new(
                "没有这位可以带领录制的同事。",
                "No such colleague may lead recordings.",
            ),
            Self::TurnOver => Text::new("这一轮视频已经结束。", "This turn of the call is over."),
            Self::SignalTooLarge => Text::new(
                "连接信息过长。",
                "This message of the connection is too long.",
            ),
            Self::LedIt => Text::new(
                "这份录制由您带领，或疑点由您提出，须由另一位同事查看。",
                "You led this recording, or voiced the suspicion; another colleague must look at it.",
            ),
            Self::Suspected => Text::new(
                "这份录制有疑点，只能整段重录。",
                "This recording is under suspicion; only all of it can be made again.",
            ),
        }
    }
}
