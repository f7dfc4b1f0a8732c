//! What a text message may say. Gateways take a template's id and its values, not free text; pure.

use crate::error::{Error, Result};

/// One registered wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// The code that opens a borrower's link.
    OpenLink,
    /// The code that confirms a credit authority.
    SignAuthority,
    /// The code that signs contracts; says how much and at what cost.
    SignContracts,
    /// To the earlier phone: another one took its place.
    PhoneChanged,
    /// Told before bad information is reported (征信业管理条例 第十五条).
    AdverseNotice,
    /// An instalment is due in some days.
    DueSoon,
    /// An instalment is due today.
    DueToday,
    /// Somebody was named as emergency contact; says nothing of any loan.
    ContactNamed,
    /// A borrower wants a relative to know, under a consent; without figures.
    RelativeInformed,
    /// To the person themselves: what they began is not finished. Without a link and without a sum.
    UnfinishedJourney,
    /// To the person themselves: single questions of their recording come once more. Without a link.
    RecordAgain,
    /// Marketing, under a consent: a new service, without a price.
    MarketingNewService,
    /// Marketing, under a consent: an invitation to learn about money and fraud.
    MarketingEducation,
}

impl Template {
    pub const ALL: [Self; 13] = [
        Self::OpenLink,
        Self::SignAuthority,
        Self::SignContracts,
        Self::PhoneChanged,
        Self::AdverseNotice,
        Self::DueSoon,
        Self::DueToday,
        Self::ContactNamed,
        Self::RelativeInformed,
        Self::UnfinishedJourney,
        Self::RecordAgain,
        Self::MarketingNewService,
        Self::MarketingEducation,
    ];

    /// Stable: configured, kept and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenLink => "open_link",
            Self::SignAuthority => "sign_authority",
            Self::SignContracts => "sign_contracts",
            Self::PhoneChanged => "phone_changed",
            Self::AdverseNotice => "adverse_notice",
            Self::DueSoon => "due_soon",
            Self::DueToday => "due_today",
            Self::ContactNamed => "contact_named",
            Self::RelativeInformed => "relative_informed",
            Self::UnfinishedJourney => "unfinished_journey",
            Self::RecordAgain => "record_again",
            Self::MarketingNewService => "marketing_new_service",
            Self::MarketingEducation => "marketing_education",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// The wording as registered with the gateway; `{name}` stands for a value.
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenLink => {
                "【{lender}】验证码{code}，用于打开您的借款成本明示表，{valid}内有效。工作人员不会索要，切勿告知他人。"
            }
            Self::SignAuthority => {
                "【{lender}】您正在授权我司为{purpose}查询您的个人信用报告（征信查询授权书第{version}版）。验证码{code}，{valid}内有效。不同意授权请勿输入。工作人员不会索要，切勿告知他人。"
            }
            Self::SignContracts => {
                "【{lender}】您正在签署{amount}元{document}，综合融资成本年化{rate}。验证码{code}，{valid}内有效，工作人员不会索要，切勿告知他人。"
            }
            Self::PhoneChanged => {
                "【{lender}】您在本机构登记的手机号已变更，今后的验证码和通知将发往新号码。如非本人操作，请立即致电{hotline}。"
            }
            Self::AdverseNotice => {
                "【{lender}】您的{product}已逾期，应还{amount}元。如{report_on}前仍未结清，我司将依法向征信系统报送该不良信息。\
                 如已还款或有异议，请致电{hotline}。"
            }
            Self::DueSoon => {
                "【{lender}】您的{product}第{no}期{amount}元将于{due}到期。如已还款请忽略；有困难请尽早联系我们。我们不会让您转账到个人账户，疑问请致电{hotline}。"
            }
            Self::DueToday => {
                "【{lender}】您的{product}第{no}期{amount}元今天（{due}）到期。如已还款请忽略；有困难请尽早联系我们。我们不会让您转账到个人账户，疑问请致电{hotline}。"
            }
            Self::ContactNamed => {
                "【{lender}】{borrower}把您的手机号留作紧急联系方式。我们只在联系不上本人时请您转告回电，不作他用；\
                 您不承担任何责任，也不会收到催收。不愿意请打开{link}移除，或致电{hotline}。"
            }
            Self::RelativeInformed => {
                "【{lender}】{borrower}正在我司申请一笔个人借款，希望家人知道。您不承担任何责任，不必付款，也不要透露任何密码。\
                 如有疑问请与本人核实，或致电{hotline}。不想再收到请打开{link}。"
            }
            Self::UnfinishedJourney => {
                "【{lender}】您的{product}还没有办完，已填的内容为您保留到{until}。要继续，请回到原来办理的渠道；\
                 不想办了可以在那里放弃，不收任何费用，也可以选择不再提醒。咨询{hotline}。"
            }
            Self::RecordAgain => {
                "【{lender}】您的{product}录像有{questions}题需要补录，其余不用重录，请在{until}前从原来办理的渠道进入，过后要整份重录。不收任何费用，我们不会索要验证码。咨询{hotline}。"
            }
            Self::MarketingNewService => {
                "【{lender}】有新的服务可以在官方渠道查看，全部费用都会事先列明。不需要可忽略。拒收请回复R"
            }
            Self::MarketingEducation => {
                "【{lender}】邀您参加金融知识活动，学会识别贷款骗局。不需要可忽略。拒收请回复R"
            }
        }
    }

    /// Names of the values, in the order of the wording.
    pub fn names(self) -> Vec<&'static str> {
        let pieces = self.words().split('{').skip(1);
        pieces
            .filter_map(|piece| piece.split_once('}').map(|(name, _)| name))
            .collect()
    }

    /// The whole text. Each value is given exactly once.
    pub fn render(self, values: &[(&'static str, String)]) -> Result<String> {
        let names = self.names();
        let given = |name: &&str| values.iter().filter(|(given, _)| given == name).count() == 1;
        if values.len() != names.len() || !names.iter().all(given) {
            return Err(Error::internal(format!(
                "{} takes {names:?}",
                self.as_str()
            )));
        }
        Ok(values
            .iter()
            .fold(self.words().to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value)
            }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wording_takes_its_values_and_no_others() {
        for template in Template::ALL {
            assert_eq!(Template::parse(template.as_str()), Some(template));
            let names = template.names();
            assert!(template.words().starts_with("【{lender}】"), "{names:?}");
            let values: Vec<_> = names
                .iter()
                .map(|name| (*name, format!("<{name}>")))
                .collect();
            let text = template.render(&values).expect("a text");
            assert!(
                !text.contains('{') && text.contains("【<lender>】"),
                "{text}"
            );
            assert!(template.render(&values[1..]).is_err());
            let twice = [values.as_slice(), &values[..1]].concat();
            assert!(template.render(&twice).is_err());
        }
        assert_eq!(Template::parse("free_text"), None);
        assert_eq!(Template::OpenLink.names(), ["lender", "code", "valid"]);
    }
}
