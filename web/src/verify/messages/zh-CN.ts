import type { Messages } from '../../shared/i18n'

const messages: Messages = {
  bar: { larger: '大字', standard: '标准字号', language: 'English', home: '公开验真' },
  verify: {
    title: '公开验真',
    lead: '证据包记录一笔借款从告知到放款的每一步。这里可以查清：它是不是机构当时的记录，有没有被改动。',
    local: '文件只在这台设备上检查，不会上传。断网也能查。',
    choose: '选择证据包', drop: '或把文件拖到这里', kind: '扩展名为 .zip，不超过 256 MB', another: '换一个证据包', only_one: '一次只能检查一个文件；已取第一个。',
    reading: '正在读取文件', checking: '正在核对每一个字节', stop: '停止', of: '{name}，{size}',
    unreadable: '文件没能读完', unreadable_how: '文件可能被移走，或这台设备内存不够。文件没有损失，可以重试或换一台电脑。',
    foot: '本页与机构的系统分开编写，按公开的格式逐项计算。也可以用命令行程序 xiaobao-verify 核对，两者结论应当一致。',
    print: '打印本页',
  },
  verdict: {
    proved: '已证明', consistent: '已证明一致，签署者未知', failed: '不成立',
    proved_how: '每一个字节都与机构签名的记录一致，签名的密钥是您信任的。',
    consistent_how: '内容前后一致，没有被单独改动过；但还不知道是谁签的名。请在下面指定您信任的公钥。',
    failed_how: '这个文件不能作为证据。可能在传送中损坏，也可能被改动过；请向机构重新索取。',
  },
  findings: { title: '哪里不成立', more: '另有 {n} 处，多半由同一原因引起' },
  part: {
    container: '整个压缩包', end: '压缩包的结尾', entry: '压缩包里第 {n} 个文件的文件头', checkpoint: '检查点', all: '全部事实', manifest: '清单', signature: '清单的签名',
    log_key: '日志公钥', manifest_key: '清单公钥', facts: '第 {n} 条事实', proofs: '第 {n} 条事实的存在证明', forgotten: '第 {n} 条（已删除的事实）', forgetting: '第 {n} 份删除声明',
    documents: '文件 {name}', timestamps: '时间戳 {name}', other: '{name}',
  },
  code: {
    bundle_too_large: '超过 256 MB，不是证据包', too_many_entries: '文件超过 10,000 个，不是证据包', container_end: '不是证据包，或文件不完整', container_entry: '文件头被改动或不合规则', container_name: '文件名不合规则',
    container_order: '文件没有按名称排列', container_not_canonical: '夹带了多余的内容', crc_wrong: '内容与校验码不符', file_missing: '缺少这个文件', file_unlisted: '清单没有列出这个文件', file_unexpected: '证据包里不该有这个文件',
    file_name_clash: '两个文件名只差大小写', manifest_malformed: '清单不是规定的写法', size_wrong: '长度与清单不符', sha256_wrong: '内容与清单不符（SHA-256）', sm3_wrong: '内容与清单不符（SM3）', media_type_wrong: '清单写的文件类型不对',
    key_malformed: '公钥不对', signature_malformed: '签名的格式不对', signature_wrong: '签名不成立', signer_name_wrong: '签名者不属于这个日志', checkpoint_malformed: '检查点的格式不对', checkpoint_signature_wrong: '检查点上的签名不成立',
    no_facts: '没有任何事实', fact_malformed: '不是规定的写法', proof_malformed: '证明的格式不对', not_in_log: '不在机构公布的日志里', number_gap: '缺少这一条', number_wrong: '编号与文件名不符', number_twice: '编号或位置重复',
    link_broken: '没有接上前一条', other_case: '属于别的案件', other_institution: '属于别的机构', forgotten_malformed: '删除记录的格式不对', forgotten_undeclared: '没有声明说它已被删除', forgotten_last: '最后一条不能是已删除的',
    forgetting_unused: '与本案无关的删除声明', document_unbound: '没有任何事实提到它',
  },
  proved: {
    title: '证明了什么',
    files_intact: '证据包的每一个字节都与清单和签名相符。',
    complete_up_to: '证明到第 {n} 条：第 1 至 {n} 条齐全，中间没有缺漏或替换；之后没有证据。',
    in_log: '每一条都在日志 {log} 的前 {size} 条记录里。',
    log_signed: '检查点由您信任的密钥 {key} 签名。',
    manifest_signed: '清单由您信任的密钥 {key} 签名。',
    witnessed: '{n} 个您信任的见证人确认过，这份记录接续此前的历史。',
    documents_bound: '{n} 份文件就是事实里提到的那些文件。',
    forgotten: '第 {numbers} 条的内容已按规定删除，日志记下了这次删除，位置仍在。',
  },
  not_proved: {
    title: '没有证明什么',
    truth: '事实说的是不是真的：这里只证明机构当时这样记录、此后没有改动。',
    clock: '时间准不准：时间来自机构自己的时钟。',
    after: '第 {n} 条之后发生了什么。',
    twin: '日志里有没有另一条同案同号的事实：要审计整个日志才知道。',
    log_unknown: '谁签了检查点。请从可靠的渠道取得日志公钥，与它核对：{key}',
    manifest_unknown: '谁签了清单。请从可靠的渠道取得公钥，与它核对：{key}',
    no_witness: '没有您信任的见证人签名：不能排除机构给不同的人看不同的历史。',
    timestamps: '时间戳文件原样附带，这里不核验它的内容。',
    clock_backwards: '机构的时钟倒退过：第 {numbers} 条的时间早于它前面的事实。',
    forgotten_unlinked: '第 {numbers} 条是否属于本案：它的后一条也已删除。',
  },
  inside: {
    documents: '里面的文件', bound: '第 {numbers} 条事实提到它', save: '保存', no_documents: '没有附文件。',
    facts: '里面的事实', fact_no: '第 {n} 条', forgotten: '内容已按规定删除', seat: '由{who}', times: '时间按机构的时钟，北京时间',
    details: '技术细节', institution: '机构', case: '案件', log: '日志', size: '日志条数', root: '根', file: '文件', witness: '见证人',
  },
  seat: { customer: '借款人', staff: '机构员工', link: '持链接的人', partner: '机构的业务系统', system: '系统', other: '{kind}' },
  trust: {
    title: '您信任谁的签名', how: '公钥说明谁签的名。请用从机构官方渠道取得的公钥；不要用证据包里自带的。',
    ask: '采用本站公布的公钥', asks: '只向本站询问机构代码“{code}”，证据包不会发出。若您不信任本站，请用下面的方式。', asking: '正在询问',
    paste: '粘贴公钥', paste_how: '一行一个，形如 名称+编号+内容', take: '采用', load: '从 .vkey 文件读取', site: '本站公布', person: '您提供', remove: '移除 {name}', witness: '见证人', none: '还没有指定。',
    bad: '这不是公钥，请检查有没有漏掉字符。', empty: '没有找到公钥。', absent: '本站没有公布这个机构的公钥，或暂时连不上。',
  },
}

export default messages
