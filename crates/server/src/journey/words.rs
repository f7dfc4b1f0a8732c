//! What the facts of a journey are called on a screen.

use crate::error::Text;

/// The title of a fact; a kind without one shows its own name.
pub fn title(kind: &str) -> Text {
    let (zh, en) = match kind {
        "access.link_created.v1" => ("生成了借款人链接", "Link made for the borrower"),
        "access.code_requested.v1" => (
            "有人用链接索取验证码",
            "Someone with the link asked for a code",
        ),
        "access.code_sent.v1" => ("验证码已发出", "Code sent"),
        "access.code_refused.v1" => ("验证码不对", "Wrong code"),
        "access.code_confirmed.v2" => ("借款人用验证码确认", "The borrower confirmed with a code"),
        "access.link_opened.v1" => ("借款人打开了链接", "The borrower opened the link"),
        "access.phone_change_told.v1" => (
            "手机号已变更，已告知原号码",
            "The phone changed; the earlier one was told",
        ),
        "consent.shown.v1" => ("展示告知书", "Notice shown"),
        "consent.acknowledged.v1" => ("借款人已知悉告知书", "The borrower took note of a notice"),
        "consent.given.v1" => ("借款人同意", "The borrower agreed"),
        "consent.declined.v1" => ("借款人不同意", "The borrower did not agree"),
        "consent.withdrawn.v1" => ("借款人撤回同意", "The borrower withdrew a consent"),
        "consent.bureau_asked.v1" => (
            "贷款机构询问能否查征信",
            "The lender asked whether the bureau may be queried",
        ),
        "consent.message_queued.v1" => ("营销短信排队", "A marketing message waits"),
        "consent.message_sent.v1" => ("营销短信已发", "A marketing message was sent"),
        "consent.provision_queued.v1" => (
            "准备向合作机构提供信息",
            "Items are to be given to a partner",
        ),
        "consent.provided.v1" => ("已向合作机构提供信息", "Items were given to a partner"),
        "consent.work_stopped.v1" => (
            "同意已失效，排队的处理停止",
            "The consent had ended; queued work stopped",
        ),
        "consent.adverse_told.v1" => (
            "不良信息报送前告知",
            "Told before bad information is reported",
        ),
        "consent.adverse_sent.v1" => ("报送前告知短信已发", "The message that tells it was sent"),
        "consent.adverse_seen.v1" => ("借款人已看到报送前告知", "The borrower saw it"),
        "consent.receipt_printed.v1" => (
            "同意凭证 PDF 已生成",
            "Receipt of a decision printed as PDF",
        ),
        "contacts.named.v1" => ("借款人填写了第三人", "The borrower named a third person"),
        "contacts.naming_refused.v1" => (
            "有人未能被填写为第三人",
            "Somebody could not be named as a third person",
        ),
        "contacts.postponed.v1" => (
            "告知第三人的短信等到早上再发",
            "The third person's message waits for the morning",
        ),
        "contacts.told.v1" => ("告知第三人的短信已发", "The third person was told"),
        "contacts.delivered.v1" => (
            "告知第三人的短信已送达",
            "The third person's phone has the message",
        ),
        "contacts.undelivered.v1" => (
            "告知第三人的短信未送达",
            "The third person's phone will not have the message",
        ),
        "contacts.refused.v1" => ("第三人拒绝再被填写", "The third person refused"),
        "contacts.withheld.v1" => (
            "第三人已移除；信息因法定留存暂不销毁，任何人不得使用",
            "The third person was removed; a legal hold keeps their data, and nobody may use it",
        ),
        "contacts.removed.v1" => (
            "第三人已移除，信息已销毁",
            "The third person was removed; their data is gone",
        ),
        "counter.assistance_started.v1" => (
            "工作人员发起柜面协助",
            "A member of staff readied a counter tablet",
        ),
        "counter.assistance_entered.v1" => (
            "借款人在柜面平板上进入，由工作人员协助",
            "The borrower entered on a counter tablet, helped by a member of staff",
        ),
        "counter.scan_kept.v1" => ("保存纸质签字的扫描件", "Scan of a wet signature kept"),
        "disbursement.booked.v1" => ("已入账，与确认内容一致", "Booked as it was confirmed"),
        "disbursement.booking_refused.v1" => (
            "入账被拒：与确认内容不一致",
            "A booking was refused: it differs from what was confirmed",
        ),
        "disbursement.booking_superseded.v1" => (
            "条件变更，原入账作废",
            "The terms changed; the booking is superseded",
        ),
        "disbursement.token_issued.v1" => ("签发放款令牌", "Release token issued"),
        "disbursement.break_glass.v1" => (
            "两人应急放行：部分保护缺失仍签发令牌",
            "Released by two people although a protection was missing",
        ),
        "disbursement.token_revoked.v1" => ("放款令牌作废", "Release token revoked"),
        "disbursement.paid.v1" => ("已放款", "The money was paid out"),
        "disbursement.restored.v1" => (
            "系统从备份恢复，暂停签发令牌",
            "Restored from a backup; no tokens until the payments since were looked at",
        ),
        "disbursement.restore_reconciled.v1" => (
            "备份之后的付款已重新报告",
            "The payments since the backup were reported again",
        ),
        "disbursement.reconciled.v3" => (
            "当日付款已对账",
            "A day was compared with the lender's books",
        ),
        "disbursement.incident_opened.v1" => ("放款异常", "Something is wrong with the payment"),
        "disbursement.incident_handled.v2" => ("放款异常已处理，待确认", "Handled, to be agreed"),
        "disbursement.incident_closed.v2" => ("放款异常已关闭", "Closed by a second person"),
        "disclosure.prepared.v1" => ("生成成本明示表", "Cost sheet made"),
        "disclosure.superseded.v1" => (
            "条件变更，原明示表作废",
            "The terms changed; the sheet is superseded",
        ),
        "disclosure.printed.v1" => ("明示表 PDF 已生成", "Cost sheet printed as PDF"),
        "disclosure.shown.v1" => ("展示成本明示表", "Cost sheet shown"),
        "disclosure.reopened.v1" => ("重新打开，阅读重新计时", "Opened anew; reading starts over"),
        "disclosure.read.v1" => ("读完成本明示表", "Cost sheet read to its end"),
        "disclosure.answered.v1" => ("回答理解问题", "Questions answered"),
        "disclosure.confirmed.v1" => ("借款人确认明示表", "The borrower confirmed the cost sheet"),
        "disclosure.total_cost_prepared.v1" => ("生成放款前费用告知书", "Total-cost notice made"),
        "disclosure.total_cost_shown.v1" => ("展示放款前费用告知书", "Total-cost notice shown"),
        "disclosure.total_cost_confirmed.v1" => (
            "借款人确认放款前费用告知书",
            "The borrower confirmed the total-cost notice",
        ),
        "disclosure.total_cost_scan_looked_at.v1" => (
            "另一位员工查看签回的放款前费用告知书",
            "Another colleague looked at the notice that came back",
        ),
        "disclosure.total_cost_printed.v1" => (
            "放款前费用告知书 PDF 已生成",
            "Total-cost notice printed as PDF",
        ),
        "recording.begun.v1" => ("双录开始", "Recording begun"),
        "recording.segment_begun.v1" => ("录制开始新的一段", "Another segment begun"),
        "recording.received.v1" => ("收到的录像已存证", "What was received is sworn to"),
        "recording.node_asked.v1" => ("提出一个问题", "A question was asked"),
        "recording.node_answered.v1" => ("借款人答完", "The borrower answered"),
        "recording.node_judged.v1" => (
            "机器核对了收到的录像",
            "Machines looked at what was received",
        ),
        "recording.passed.v1" => ("双录通过", "Recording passed"),
        "recording.person_called.v1" => ("双录转人工", "A person must look at the recording"),
        "recording.reviewed.v1" => ("员工查看了双录", "A colleague looked at the recording"),
        "recording.correction_lapsed.v1" => (
            "补录期限已过，需整份重录",
            "The days of the correction are over; all is to be recorded again",
        ),
        "recording.templates_erased.v1" => {
            ("人脸和声音模板已删除", "Templates of face and voice erased")
        }
        "recording.erased.v1" => (
            "录像已过保存期限，已删除",
            "The film was erased when its time was over",
        ),
        "recording.person_waits.v1" => ("等候同事视频带领", "Waits for a colleague by video"),
        "recording.taken.v1" => ("同事开始视频带领", "A colleague leads by video"),
        "recording.handed_over.v1" => ("转交另一位同事", "Handed over to a colleague"),
        "recording.agent_gone.v1" => (
            "带领的同事掉线，回到队首",
            "The colleague was gone; first in the queue again",
        ),
        "recording.node_ended.v1" => ("同事结束这一题", "The colleague ended the question"),
        "recording.ended.v1" => ("双录结束，没有结论", "Recording over without a verdict"),
        "identity.started.v1" => ("开始核验身份", "Identity check begun"),
        "identity.unanswered.v1" => (
            "核验方没有回答，会再问",
            "No answer from a provider; asked again",
        ),
        "identity.checked.v1" => ("核验方回答", "A provider answered"),
        "identity.person_asked.v1" => (
            "借款人要求人工核验身份",
            "The borrower asked staff to check their identity",
        ),
        "identity.attested.v1" => ("员工当面核验身份", "Staff attested the identity"),
        "identity.card_asked.v1" => ("开始核对收款银行卡", "The account's check began"),
        "identity.card_checked.v1" => (
            "收款银行卡核对有了结果",
            "A provider answered about the account",
        ),
        "identity.card_person_asked.v1" => (
            "借款人请工作人员核对收款银行卡",
            "The borrower asked for a person to look at the account",
        ),
        "identity.card_attested.v1" => (
            "员工核对了收款银行卡",
            "Staff attested whose the account is",
        ),
        "identity.verified.v1" => ("身份已核实", "Identity confirmed"),
        "identity.refused.v1" => ("身份核验未通过", "Identity not confirmed"),
        "identity.bound.v1" => (
            "为这组文件再次核验身份",
            "Identity checked once more, for these documents",
        ),
        "signing.prepared.v1" => ("确定待签文件", "Documents to sign were fixed"),
        "signing.rendered.v1" => ("待签文件 PDF 已生成", "A document to sign was set as PDF"),
        "signing.ready.v1" => ("待签文件齐备", "Every document to sign exists"),
        "signing.handwritten.v1" => ("写下手写签名", "The person wrote their name by hand"),
        "signing.revoked.v1" => (
            "作废的证书已由服务机构吊销",
            "The service took a dropped certificate back",
        ),
        "identity.act_settled.v1" => (
            "针对这组文件的身份核验有了结论",
            "The identity check for these documents was settled",
        ),
        "signing.opened.v2" => (
            "借款人打开待签文件",
            "The borrower opened a document to sign",
        ),
        "signing.authorised.v1" => ("借款人同意签署", "The borrower said yes to signing"),
        "signing.started.v1" => (
            "开始签署，证书已签发",
            "Signing began; the certificate is known",
        ),
        "signing.abandoned.v1" => (
            "一次签署未完成，证书作废",
            "An attempt to sign was abandoned, its certificate revoked",
        ),
        "signing.signed.v1" => ("全部文件已签署", "Every document was signed"),
        "signing.signed_beside.v2" => (
            "机构以国密算法签署",
            "The institution signed with SM2 beside",
        ),
        "signing.issued.v1" => ("向借款人出具证明", "A proof was issued to the borrower"),
        "signing.superseded.v1" => ("待签文件作废", "The documents to sign were replaced"),
        "suitability.supplied.v1" => ("贷款机构补充了数据", "The lender supplied figures"),
        "suitability.assessed.v1" => ("还款能力评估", "Affordability assessed"),
        "suitability.decided.v1" => ("贷款机构给出审批结论", "The lender decided"),
        "suitability.review_asked.v1" => ("转人工复核", "Review by a person asked for"),
        "suitability.reviewed.v1" => ("人工复核完成", "Reviewed by a person"),
        "servicing.opened.v1" => ("贷后开始，按约定计划还款", "The loan runs by its plan"),
        "servicing.reminded.v1" => ("还款日提醒", "Reminded of an instalment"),
        "servicing.repaid.v1" => ("收到还款", "Money was received"),
        "servicing.cooling_off_asked.v1" => (
            "借款人要求无理由退出",
            "The borrower withdrew within the days of the contract",
        ),
        "servicing.cooled_off.v1" => ("已无理由退出", "Withdrawn: the loan is over"),
        "servicing.settlement_asked.v1" => {
            ("借款人要求提前结清", "The borrower asked to settle early")
        }
        "servicing.settled.v1" => ("已结清", "Settled: nothing is owed any more"),
        "journey.opened.v1" => ("贷款机构发起旅程", "The lender opened the journey"),
        "journey.business_named.v1" => (
            "借款主体是企业或个体工商户，由借款人代表",
            "The borrower is a business, represented by this person",
        ),
        "journey.came_by.v1" => (
            "贷款机构说明获客渠道与风险标记",
            "The lender said how the borrower came, and whether its risk rules mark the loan",
        ),
        "journey.party_named.v1" => (
            "登记共同借款人或保证人",
            "A co-borrower or guarantor was named",
        ),
        "journey.party_of.v1" => (
            "此人为另一笔借款的共同借款人或保证人",
            "The person answers for the loan of another journey",
        ),
        "journey.priced.v1" => ("价格确定", "The price became final"),
        "journey.person_asked.v1" => ("借款人要求人工", "The borrower asked for a person"),
        "journey.line_completed.v1" => ("授信完成", "The credit line is completed"),
        "journey.line_named.v1" => ("支用所属授信", "Drawdown of a credit line"),
        "journey.drawdown_opened.v1" => {
            ("该授信发起一笔支用", "A drawdown of this line was opened")
        }
        "journey.drawdown_chosen.v2" => (
            "借款人选定金额、期数与用途",
            "The borrower chose amount, periods and purpose",
        ),
        "journey.completed.v1" => ("借款人完成全部步骤", "The borrower completed every step"),
        "journey.forgotten.v1" => (
            "个人信息已销毁，流程内容随之清除",
            "The person's data was destroyed, and what the journey held with it",
        ),
        "journey.cancelled.v1" => ("借款已取消，未放款", "Called off before the money moved"),
        "journey.change_opened.v1" => {
            ("机构发起条件变更", "The lender asked for a change of terms")
        }
        "journey.dearer_accepted.v1" => (
            "借款人明确同意变更后更贵",
            "The borrower agreed expressly that it costs more",
        ),
        "journey.terms_changed.v2" => ("条件变更办妥", "The change of terms is agreed"),
        "journey.abandoned.v1" => ("借款人中途放弃办理", "The borrower gave it up half-way"),
        "journey.reminded.v1" => ("短信提醒未办完的业务", "Reminded by message"),
        "journey.reminders_declined.v1" => ("借款人不要再提醒", "The borrower wants no reminders"),
        "journey.break_glass_asked.v1" => {
            ("申请应急放款", "A release in an emergency was asked for")
        }
        "journey.break_glass_refused.v1" => (
            "应急放款申请已撤回或不同意",
            "The release was taken back or refused",
        ),
        "journey.break_glass_agreed.v1" => {
            ("另一人同意应急放款", "A colleague agreed to the release")
        }
        "journey.bundle_taken.v2" => (
            "证据包随检查样本交给员工",
            "The evidence was given to staff, among a draw's",
        ),
        "journey.hold_placed.v1" => ("止付", "The money was stopped"),
        "journey.hold_lifted.v1" => ("解除止付", "The money was let go again"),
        "journey.expired.v1" => ("旅程过期", "The journey expired"),
        other => return Text::new(other.to_owned(), other.to_owned()),
    };
    Text::new(zh, en)
}
