//! Why flows have no unique rate.

/// Why there is no rate; never a NaN, never silence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RateError {
    /// No flow differs from zero.
    #[error("{}", self.en())]
    NoFlows,
    /// An amount or a time is no usable number: not finite, a negative time, or beyond all money and all time.
    #[error("{}", self.en())]
    BadFlow {
        /// Index of the flow.
        at: usize,
    },
    /// Only receipts or only payments.
    #[error("{}", self.en())]
    NoSignChange,
    /// Everything happens at the same instant.
    #[error("{}", self.en())]
    OneInstant,
    /// Signs change several times, and no rate in range balances the flows.
    #[error("{}", self.en())]
    NoRoot {
        /// Sign changes.
        changes: usize,
    },
    /// Several rates balance the flows.
    #[error("{}", self.en())]
    SeveralRoots {
        /// Rates per unit of time, ascending.
        rates: Vec<f64>,
    },
    /// More sign changes than are looked into.
    #[error("{}", self.en())]
    TooManyChanges {
        /// Sign changes.
        changes: usize,
        /// Most that are looked into.
        changes_max: usize,
    },
    /// The only rate is beyond what is looked for or can be written.
    #[error("{}", self.en())]
    OutOfRange,
}

impl RateError {
    /// Stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFlows => "rate_no_flows",
            Self::BadFlow { .. } => "rate_bad_flow",
            Self::NoSignChange => "rate_no_sign_change",
            Self::OneInstant => "rate_one_instant",
            Self::NoRoot { .. } => "rate_no_root",
            Self::SeveralRoots { .. } => "rate_several_roots",
            Self::TooManyChanges { .. } => "rate_too_many_changes",
            Self::OutOfRange => "rate_out_of_range",
        }
    }

    /// What happened, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NoFlows => "现金流全部为零，没有利率".into(),
            Self::BadFlow { at } => format!("第 {} 笔现金流的金额或时间不是可用的数字", at + 1),
            Self::NoSignChange => "现金流只有收入或只有支出，没有利率".into(),
            Self::OneInstant => "所有现金流发生在同一时点，没有利率".into(),
            Self::NoRoot { changes } => {
                format!("现金流变号 {changes} 次，范围内没有利率能使其平衡")
            }
            Self::SeveralRoots { rates } => format!(
                "有 {} 个利率（{}）都能使现金流平衡，利率不唯一",
                rates.len(),
                list(rates)
            ),
            Self::TooManyChanges {
                changes,
                changes_max,
            } => format!("现金流变号 {changes} 次，最多处理 {changes_max} 次"),
            Self::OutOfRange => "利率超出可计算的范围".into(),
        }
    }

    /// What happened, in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::NoFlows => "every flow is zero, so there is no rate".into(),
            Self::BadFlow { at } => format!(
                "flow {} has an amount or time that is no usable number",
                at + 1
            ),
            Self::NoSignChange => {
                "there are only receipts or only payments, so there is no rate".into()
            }
            Self::OneInstant => "all flows happen at one instant, so there is no rate".into(),
            Self::NoRoot { changes } => {
                format!("the flows change sign {changes} times and no rate in range balances them")
            }
            Self::SeveralRoots { rates } => {
                format!(
                    "{} rates ({}) balance the flows, so the rate is not unique",
                    rates.len(),
                    list(rates)
                )
            }
            Self::TooManyChanges {
                changes,
                changes_max,
            } => {
                format!(
                    "the flows change sign {changes} times; at most {changes_max} are looked into"
                )
            }
            Self::OutOfRange => "the rate is beyond the range that is looked for".into(),
        }
    }
}

/// The first few rates as percentages.
fn list(rates: &[f64]) -> String {
    let mut words: Vec<_> = rates
        .iter()
        .take(4)
        .map(|rate| format!("{:.4}%", rate * 100.0))
        .collect();
    if rates.len() > 4 {
        words.push("…".into());
    }
    words.join(", ")
}
