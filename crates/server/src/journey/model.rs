//! Nouns and decisions of the journey; pure.

use serde::Serialize;

use super::JourneyId;
use super::kind::Kind;
use crate::disclosure::{Audience, Step};
use crate::error::{self, Refuse, Text};
use crate::product::{ProductId, Protection};
use crate::vault::{BusinessKind, SubjectId};

/// Where a journey stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JourneyState)]
pub enum State {
    /// The price is not final; no sheet yet.
    WaitingPrice,
    Open,
    /// Every required protection was completed by the person.
    Completed,
    Expired,
    /// Called off before the money moved.
    Cancelled,
    /// 已放款: the lender reported a payment. Only shown; beneath it stays what the person had done.
    Disbursed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WaitingPrice => "waiting_price",
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Disbursed => "disbursed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::WaitingPrice,
            Self::Open,
            Self::Completed,
            Self::Expired,
            Self::Cancelled,
            Self::Disbursed,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// A journey.
#[derive(Clone, Debug)]
pub struct Journey {
    pub id: JourneyId,
    pub kind: Kind,
    /// The line of a drawdown.
    pub line: Option<JourneyId>,
    /// The journey whose loan a co-borrower or guarantor answers for.
    pub main: Option<JourneyId>,
    /// The lender's own number.
    pub reference: String,
    pub product: ProductId,
    pub product_code: String,
    pub product_version: i64,
    pub subject: SubjectId,
    pub borrower_masked: String,
    pub phone_masked: String,
    /// The business that borrows; the person above acts for it.
    pub business: Option<Represented>,
    pub audience: Audience,
    pub state: State,
    /// Fen; known once the price is final, like the three below.
    pub principal: Option<i64>,
    pub periods: Option<i64>,
    pub composite_ppm: Option<i64>,
    pub terms_digest: Option<String>,
    pub person_asked_at_ms: Option<i64>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    pub expires_at_ms: i64,
    /// When the first payment was reported.
    pub disbursed_at_ms: Option<i64>,
    pub version: i64,
}

/// A business for which a person borrows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RepresentedBusiness)]
pub struct Represented {
    #[schema(value_type = String)]
    pub id: SubjectId,
    pub kind: BusinessKind,
    pub name_masked: String,
}

/// What the person sees next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    Wait,
    Read,
    Answer,
    Confirm,
    /// The sheet is confirmed, and contracts wait to be signed.
    Sign,
    Done,
}

impl Journey {
    /// What the person sees next, given the sheet's step.
    pub fn next(&self, sheet: Option<Step>) -> Next {
        match (self.state, sheet) {
            (State::Open, Some(Step::Done)) => Next::Sign,
            (State::Completed, _) | (_, Some(Step::Done)) => Next::Done,
            (_, None) => Next::Wait,
            (_, Some(Step::Read)) => Next::Read,
            (_, Some(Step::Answer)) => Next::Answer,
            (_, Some(Step::Confirm)) => Next::Confirm,
        }
    }

    /// The price became final, or another one did: then the person starts over with the sheet.
    pub fn price(mut self, priced: Priced, now_ms: i64) -> Result<Self, Refused> {
        self.takes_price(&priced.terms_digest, now_ms)?;
        self.state = State::Open;
        self.principal = Some(priced.principal);
        self.periods = Some(priced.periods);
        self.composite_ppm = Some(priced.composite_ppm);
        self.terms_digest = Some(priced.terms_digest);
        self.updated_at_ms = now_ms;
        Ok(self)
    }

    /// Terms with this digest may become final now: the first, or others than those in force.
    pub fn takes_price(&self, terms_digest: &str, now_ms: i64) -> Result<(), Refused> {
        self.must_go_on()?;
        if self.state == State::Expired || now_ms >= self.expires_at_ms {
            return Err(Refused::Expired);
        }
        if self.kind == Kind::Line {
            return Err(Refused::LineHasNoPrice);
        }
        if self.terms_digest.as_deref() == Some(terms_digest) {
            return Err(Refused::PriceFixed);
        }
        Ok(())
    }

    /// Nobody called the loan off.
    pub fn must_go_on(&self) -> Result<(), Refused> {
        match self.state {
            State::Cancelled => Err(Refused::Cancelled),
            _ => Ok(()),
        }
    }

    /// Called off; none where it was before, refused once the money moved.
    pub fn cancel(mut self, now_ms: i64) -> Result<Option<Self>, Refused> {
        if self.disbursed_at_ms.is_some() {
            return Err(Refused::AlreadyPaid);
        }
        if self.state == State::Cancelled {
            return Ok(None);
        }
        self.alive(now_ms)?;
        self.state = State::Cancelled;
        self.updated_at_ms = now_ms;
        Ok(Some(self))
    }

    /// The person may act on this journey now.
    pub fn alive(&self, now_ms: i64) -> Result<(), Refused> {
        self.must_go_on()?;
        if self.state == State::Expired
            || (self.state != State::Completed && now_ms >= self.expires_at_ms)
        {
            return Err(Refused::Expired);
        }
        Ok(())
    }

    /// The last required protection was completed.
    pub fn complete(mut self, now_ms: i64) -> Result<Self, Refused> {
        self.alive(now_ms)?;
        self.state = State::Completed;
        self.updated_at_ms = now_ms;
        Ok(self)
    }

    /// Time is up; nothing to do for a journey that is completed or expired already.
    pub fn expire(mut self, now_ms: i64) -> Option<Self> {
        let due =
            now_ms >= self.expires_at_ms && matches!(self.state, State::Open | State::WaitingPrice);
        if !due {
            return None;
        }
        self.state = State::Expired;
        self.updated_at_ms = now_ms;
        Some(self)
    }
}

/// What a final price fixes.
#[derive(Clone, Debug)]
pub struct Priced {
    pub principal: i64,
    pub periods: i64,
    pub composite_ppm: i64,
    pub terms_digest: String,
}

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
    /// The money has moved: what was agreed for afterwards holds.
    AlreadyPaid,
    /// The particulars were destroyed after their time.
    Forgotten,
    HoldReason,
    TooManyHolds,
    HoldLifted,
    OwnHold,
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
            Self::AlreadyPaid => "already_disbursed",
            Self::Forgotten => "journey_forgotten",
            Self::HoldReason => "hold_reason",
            Self::TooManyHolds => "too_many_holds",
            Self::HoldLifted => "hold_lifted",
            Self::OwnHold => "hold_own",
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
            Self::AlreadyPaid => Text::new(
                "这笔借款已经放款，不能再取消；可以随时提前还清。",
                "The money has been paid out, so the loan can't be called off; you may settle it early at any time.",
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
