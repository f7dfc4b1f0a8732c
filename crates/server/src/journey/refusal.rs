//! Why the journey refuses, and in which words.

use crate::error::{self, Refuse, Text};
use crate::product::Protection;

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Expired,
    PriceFixed,
    KeyReused,
    KeyMissing,
    UnderAge,
    CeilingBlocked,
    CeilingNeedsApproval,
    LineNotOffered,
    LineHasNoPrice,
    LineOfOther,
    LineNotInForce,
    /// The line lost a protection since its completion: the first of them.
    LineLacks(Protection),
    /// The last day of the lender's approval is over.
    ApprovalExpired,
    /// The product is not for this kind of borrower.
    BorrowerNotServed,
    /// A co-borrower or guarantor is named in the journey of a loan or drawdown, and nowhere else.
    PartyMisplaced,
    /// The borrower can't answer for their own loan once more.
    PartyIsBorrower,
    PartyInOtherRole,
    TooManyParties,
    /// The product asks for no third persons, or not this person.
    ContactsNotOffered,
    /// A relative was told and may want to talk first.
    RelativeWaits {
        wait_ms: i64,
    },
    /// The price is that of the journey this one belongs to.
    PriceOfMain,
    OverLimit,
    /// What was chosen asks more than was assessed, and does not pass.
    NotAffordable,
    PurposeNotAllowed,
    /// The person chooses amount and periods at the step `drawdown`.
    PriceByPerson,
    /// The lender or the assessment said no.
    NotPassed,
    /// An earlier step is not done: the first of them.
    StepTooEarly(Protection),
    /// The journey has no such step.
    StepNotAsked,
    /// A line, or somebody who answers for another's loan: nothing is paid out.
    NoLoan,
    /// The borrower has not confirmed everything yet.
    NotCompleted,
    Cancelled,
    /// A hold stops its money, and with it other terms.
    LoanHeld,
    TermsUnconfirmed,
    ChangeNotOffered,
    ChangeHasParties,
    ChangeOpen,
    TooManyChanges,
    BorrowerUnsure,
    ChangeMisplaced,
    ChangeHasTerms,
    DearerNotAccepted,
    ChangeInForce,
    /// Nothing is left to give up half-way: a loan is called off instead.
    AlreadyCompleted,
    /// The money has moved: what was agreed for afterwards holds.
    AlreadyPaid,
    /// The particulars were destroyed after their time.
    Forgotten,
    HoldReason,
    TooManyHolds,
    HoldLifted,
    OwnHold,
    /// Another room placed it, and lifts it where its reason is over.
    HoldOfRoom,
    /// The money may move as it is.
    NothingMissing,
    /// Something else is missing than was named.
    MissingOtherwise,
    OwnBreakGlass,
    /// Agreed to already, or its hour is over.
    BreakGlassOver,
    /// One of the two is not there any more, or lost the right.
    BreakGlassFallen,
    BreakGlassTooOften,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Expired => "journey_expired",
            Self::PriceFixed => "price_already_final",
            Self::KeyReused => "idempotency_key_reused",
            Self::KeyMissing => "idempotency_key_missing",
            Self::UnderAge => "borrower_under_age",
            Self::CeilingBlocked => "ceiling_blocked",
            Self::CeilingNeedsApproval => "ceiling_needs_approval",
            Self::LineNotOffered => "line_not_offered",
            Self::LineHasNoPrice => "line_has_no_price",
            Self::LineOfOther => "line_of_other",
            Self::LineNotInForce => "line_not_in_force",
            Self::LineLacks(_) => "line_protection_missing",
            Self::ApprovalExpired => "approval_expired",
            Self::BorrowerNotServed => "borrower_kind_not_served",
            Self::PartyMisplaced => "party_misplaced",
            Self::PartyIsBorrower => "party_is_borrower",
            Self::PartyInOtherRole => "party_in_other_role",
            Self::TooManyParties => "too_many_parties",
            Self::ContactsNotOffered => "contacts_not_offered",
            Self::RelativeWaits { .. } => "relative_waits",
            Self::PriceOfMain => "price_of_main",
            Self::OverLimit => "over_limit",
            Self::NotAffordable => "not_affordable",
            Self::PurposeNotAllowed => "purpose_not_allowed",
            Self::PriceByPerson => "price_by_person",
            Self::NotPassed => "journey_refused",
            Self::StepTooEarly(_) => "step_too_early",
            Self::StepNotAsked => "step_not_asked",
            Self::NoLoan => "no_loan",
            Self::NotCompleted => "journey_not_completed",
            Self::Cancelled => "journey_cancelled",
            Self::LoanHeld => "loan_held",
            Self::TermsUnconfirmed => "terms_not_confirmed",
            Self::ChangeNotOffered => "change_not_offered",
            Self::ChangeHasParties => "change_has_parties",
            Self::ChangeOpen => "change_open",
            Self::TooManyChanges => "too_many_changes",
            Self::BorrowerUnsure => "borrower_unsure",
            Self::ChangeMisplaced => "change_misplaced",
            Self::ChangeHasTerms => "change_has_terms",
            Self::DearerNotAccepted => "dearer_not_accepted",
            Self::ChangeInForce => "change_in_force",
            Self::AlreadyCompleted => "journey_completed",
            Self::AlreadyPaid => "already_disbursed",
            Self::Forgotten => "journey_forgotten",
            Self::HoldReason => "hold_reason",
            Self::TooManyHolds => "too_many_holds",
            Self::HoldLifted => "hold_lifted",
            Self::OwnHold => "hold_own",
            Self::HoldOfRoom => "hold_of_room",
            Self::NothingMissing => "nothing_missing",
            Self::MissingOtherwise => "missing_otherwise",
            Self::OwnBreakGlass => "break_glass_own",
            Self::BreakGlassOver => "break_glass_over",
            Self::BreakGlassFallen => "break_glass_fallen",
            Self::BreakGlassTooOften => "break_glass_too_often",
        }
    }
    fn kind(&self) -> error::Kind {
        match self {
            Self::KeyMissing | Self::UnderAge | Self::HoldReason => error::Kind::Invalid,
            _ => error::Kind::Conflict,
        }
    }
    fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::RelativeWaits { wait_ms } => Some(*wait_ms),
            _ => None,
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::Expired => Text::new(
                "该业务已过期，请联系贷款机构重新发起。",
                "This journey has expired; ask the lender to start a new one.",
            ),
            Self::PriceFixed => {
                Text::new("这些条件已经是最终价格。", "These terms are final already.")
            }
            Self::KeyReused => Text::new(
                "该 Idempotency-Key 已用于另一份内容。",
                "This Idempotency-Key was used with another body.",
            ),
            Self::KeyMissing => Text::new(
                "缺少 Idempotency-Key 请求头（1 至 128 个可见字符）。",
                "The Idempotency-Key header is missing (1 to 128 visible characters).",
            ),
            Self::UnderAge => Text::new(
                "借款人未满十八周岁，不能办理。",
                "The borrower is under eighteen.",
            ),
            Self::CeilingBlocked => Text::new(
                "综合成本超过已配置的阈值，按配置不予办理。",
                "The composite cost exceeds a configured threshold whose action is to block.",
            ),
            Self::CeilingNeedsApproval => Text::new(
                "综合成本超过已配置的阈值，须先由两人批准该产品版本的这一成本。",
                "The composite cost exceeds a configured threshold; two people must approve it with the product version first.",
            ),
            Self::LineNotOffered => Text::new(
                "该产品不提供授信额度。",
                "This product offers no credit line.",
            ),
            Self::LineHasNoPrice => Text::new(
                "授信本身没有价格，请发起支用。",
                "A credit line has no price; open a drawdown.",
            ),
            Self::LineOfOther => Text::new(
                "支用须与授信为同一人、同一产品。",
                "A drawdown is of the same person and product as its line.",
            ),
            Self::LineNotInForce => Text::new(
                "授信尚未生效或已到期，请联系贷款机构重新审批。",
                "The credit line is not in force yet, or has ended; the lender must decide anew.",
            ),
            Self::LineLacks(lost) => {
                let Text { zh, en } = lost.title();
                Text::new(
                    format!("授信的「{zh}」已不再有效，请先在授信中重新办理。"),
                    format!(
                        "‘{en}’ of the credit line holds no more; please do it again there first."
                    ),
                )
            }
            Self::ApprovalExpired => Text::new(
                "审批结论已过有效期，请联系贷款机构重新审批；您已完成的步骤都保留。",
                "The lender's approval has expired; ask the lender to decide anew. What you have done is kept.",
            ),
            Self::BorrowerNotServed => Text::new(
                "这个产品不面向这类借款人，请换一个产品。",
                "This product is not for this kind of borrower; choose another one.",
            ),
            Self::PartyMisplaced => Text::new(
                "共同借款人和保证人只能在一笔借款或支用中登记。",
                "Co-borrowers and guarantors are named in the journey of a loan or drawdown.",
            ),
            Self::PartyIsBorrower => Text::new(
                "借款人本人不能再作为这笔借款的共同借款人或保证人。",
                "The borrower can't be a co-borrower or guarantor of their own loan.",
            ),
            Self::PartyInOtherRole => Text::new(
                "此人已以另一身份登记在这笔借款中。",
                "This person is named in this loan already, in the other role.",
            ),
            Self::TooManyParties => Text::new(
                "共同借款人和保证人合计最多五人。",
                "Five co-borrowers and guarantors at the most.",
            ),
            Self::ContactsNotOffered => Text::new(
                "这笔业务不需要填写这位联系人。",
                "This journey needs no such contact.",
            ),
            Self::RelativeWaits { .. } => Text::new(
                "已按您的意愿告知家人。请先和家人聊聊，稍后再确认。",
                "Your relative was told, as you wished. Talk to them first and confirm later.",
            ),
            Self::PriceOfMain => Text::new(
                "价格随所属借款确定，请在那笔借款上定价。",
                "The price is that of the loan it belongs to; fix it there.",
            ),
            Self::OverLimit => Text::new(
                "金额超过可用额度。",
                "The amount is more than may be drawn.",
            ),
            Self::NotAffordable => Text::new(
                "这样借，按您的收入还起来会很吃力。请少借一些，或分更多期还。",
                "Borrowed like this, it would be hard to repay from what you earn. Please borrow less, or over more periods.",
            ),
            Self::PurposeNotAllowed => Text::new(
                "这笔借款不能用于这个用途。",
                "This loan may not be used for that purpose.",
            ),
            Self::PriceByPerson => Text::new(
                "该产品的金额和期数由借款人本人选择。",
                "With this product the borrower chooses amount and periods.",
            ),
            Self::NotPassed => Text::new(
                "这笔借款未获通过，不再为它办理这一项。",
                "This loan was refused; nothing more is done for it.",
            ),
            Self::StepTooEarly(earlier) => {
                let Text { zh, en } = earlier.title();
                Text::new(
                    format!("请先完成「{zh}」。"),
                    format!("Please finish ‘{en}’ first."),
                )
            }
            Self::StepNotAsked => Text::new(
                "这笔业务没有这个步骤。",
                "This journey does not ask for that step.",
            ),
            Self::NoLoan => Text::new(
                "授信、共同借款和保证本身不放款，请办理所属借款。",
                "Nothing is paid out on a credit line, a co-borrower or a guarantor; book the loan itself.",
            ),
            Self::Cancelled => Text::new(
                "这笔借款已经取消，不会放款，也不收任何费用。",
                "This loan was called off; no money moves and nothing is charged.",
            ),
            Self::LoanHeld => Text::new(
                "这笔借款正被止付核查，解除之前不能变更条件。",
                "This loan is on hold; its terms can't change before the hold is lifted.",
            ),
            Self::TermsUnconfirmed => Text::new(
                "借款人还没有确认过这些条件。",
                "The borrower has not confirmed these terms.",
            ),
            Self::ChangeNotOffered => Text::new(
                "这个产品版本没有列出变更时签署的文件。",
                "This version of the product lists no documents to be signed for a change.",
            ),
            Self::ChangeHasParties => Text::new(
                "这笔借款有共同借款人或保证人，须由他们一同办理，暂不能在线变更。",
                "Somebody else answers for this loan; its terms can’t be changed here without them.",
            ),
            Self::ChangeOpen => Text::new(
                "已有一个条件变更正在办理。",
                "Another change of this loan is under way.",
            ),
            Self::TooManyChanges => Text::new(
                "这笔借款的条件变更次数已达上限。",
                "The terms of this loan changed as often as they may.",
            ),
            Self::BorrowerUnsure => Text::new(
                "还不能确定借款人就是本人，请先当面核对。",
                "It is not sure who this borrower is; make sure of them first.",
            ),
            Self::ChangeMisplaced => Text::new(
                "条件变更请在所属借款上发起。",
                "A change is opened at the loan whose terms it changes.",
            ),
            Self::ChangeHasTerms => Text::new(
                "条件变更的条件在发起时已定；要换条件，请取消后重新发起。",
                "A change has its terms from the start; call it off and open another.",
            ),
            Self::DearerNotAccepted => Text::new(
                "变更后更贵，请先明确表示知道并同意。",
                "The change costs more: say expressly that you know and agree first.",
            ),
            Self::ChangeInForce => Text::new(
                "条件变更已经生效，不能取消。",
                "The change is in force and can’t be called off.",
            ),
            Self::AlreadyCompleted => Text::new(
                "您已经办完全部步骤。放款前想取消，请在「我的借款与权益」里取消这笔借款。",
                "You have done every step. To call the loan off before the money moves, open it under ‘My loans and rights’.",
            ),
            Self::AlreadyPaid => Text::new(
                "这笔借款已经放款，不能再取消；可以随时提前还清。",
                "The money has been paid out, so the loan can't be called off; you may settle it early at any time.",
            ),
            Self::NothingMissing => Text::new(
                "没有缺少的保护，可以正常放款。",
                "Nothing is missing; the money may move as it is.",
            ),
            Self::MissingOtherwise => Text::new(
                "缺少的保护与所列不一致，请刷新后逐项列明。",
                "Something else is missing than was named; look again and name all of it.",
            ),
            Self::OwnBreakGlass => Text::new("须由另一位同事同意。", "A colleague must agree."),
            Self::BreakGlassOver => Text::new(
                "这个申请已有结论，或一小时时限已过。",
                "It was decided already, or its hour is over.",
            ),
            Self::BreakGlassFallen => Text::new(
                "提出或同意的同事已停用或不再有这项权限，请重新提出。",
                "Whoever asked or agreed is not there any more or lost the right; ask anew.",
            ),
            Self::BreakGlassTooOften => Text::new(
                "这笔业务的应急放款申请一天内已达 20 次。",
                "An emergency release of this loan was asked for twenty times within a day.",
            ),
            Self::Forgotten => Text::new(
                "这笔业务的个人信息已按规定销毁，不能再办理。",
                "The person's data was destroyed after its time; nothing more is done here.",
            ),
            Self::HoldReason => Text::new(
                "请用 4 至 200 个字说明原因，不要写账号、证件号或手机号。",
                "Give a reason of 4 to 200 characters, without accounts, ID numbers or phones.",
            ),
            Self::TooManyHolds => Text::new(
                "这笔业务已有太多未解除的止付。",
                "Too many holds stand on this journey.",
            ),
            Self::HoldLifted => Text::new("这个止付已经解除。", "This hold is lifted already."),
            Self::HoldOfRoom => Text::new(
                "这个止付由系统的另一个环节设置，请在那里处理完再解除。",
                "Another part of the house placed this hold; it is lifted there, once its reason is over.",
            ),
            Self::OwnHold => Text::new(
                "不能解除自己设置的止付，请由另一位同事处理。",
                "Nobody lifts their own hold; a colleague must.",
            ),
            Self::NotCompleted => Text::new(
                "借款人还没有完成确认，不能入账。",
                "The borrower has not confirmed everything yet; nothing can be booked.",
            ),
        }
    }
}
