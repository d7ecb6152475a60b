//! The tables and indexes of the first schema, in the words of [`crate::dialect`].
//!
//! Invariants: every instant is epoch microseconds; every closed vocabulary has a CHECK with its words; what is searched for is a
//! column, never a path into JSON; foreign keys to `cases` are checked at commit, because the case row with its number is
//! the last write of its transaction (see docs/decisions/case-numbers.md).

/// Every statement, in order.
pub const ALL: &[&str] = &[
    // Policy.
    "create table policy_version (
        id {id} primary key,
        sha256 text not null unique check (length(sha256) = 64),
        json text not null,
        adopted_at {int} not null
    ) {strict}",
    // Which version is in force: an old one may be adopted again, so this is a row of its own.
    "create table policy_current (
        one {int} primary key check (one = 1),
        policy {id} not null references policy_version (id),
        adopted_at {int} not null
    ) {strict}",
    // Directory.
    "create table person (
        id {id} primary key,
        kind text not null check (kind in ('person', 'system', 'third_party')),
        name text not null,
        locale text,
        time_zone text,
        created_at {int} not null
    ) {strict}",
    "create table identity (
        platform text not null check (platform in ('slack', 'discord', 'teams')),
        realm text not null,
        user_id text not null,
        person_id {id} not null references person (id) {later},
        primary key (platform, realm, user_id)
    ) {strict}",
    "create index identity_person on identity (person_id)",
    "create table contact_method (
        person_id {id} not null references person (id) {later},
        position {int} not null,
        means text not null check (means in ('phone', 'mail')),
        address text not null,
        primary key (person_id, position)
    ) {strict}",
    "create table role_grant (
        id {id} primary key,
        role text not null check (role in ('responder', 'soc_lead', 'incident_commander', 'on_call_primary', 'on_call_backup',
            'executive', 'privacy_legal', 'it_operations', 'service_owner', 'auditor', 'operator')),
        person_id {id} not null references person (id) {later},
        from_at {int} not null,
        until_at {int},
        granted_by {id} references person (id) {later}
    ) {strict}",
    "create index role_grant_person on role_grant (person_id)",
    "create index role_grant_role on role_grant (role)",
    // Cases. The counter holds the last number of a year.
    "create table case_counter (
        year {int} primary key,
        n {int} not null
    ) {strict}",
    "create table cases (
        id {id} primary key,
        number_year {int} not null,
        number_n {int} not null check (number_n >= 1),
        version {int} not null check (version >= 1),
        title text not null,
        status text not null check (status in ('new', 'triaging', 'escalated', 'closed')),
        assessment text not null check (assessment in ('undecided', 'event', 'incident', 'false_positive', 'duplicate')),
        phase text check (phase in ('containment', 'eradication', 'recovery', 'review')),
        severity text check (severity in ('SEV1', 'SEV2', 'SEV3', 'SEV4')),
        severity_initial text check (severity_initial in ('SEV1', 'SEV2', 'SEV3', 'SEV4')),
        confidentiality {bool} not null,
        integrity {bool} not null,
        availability {bool} not null,
        tlp text not null check (tlp in ('TLP:RED', 'TLP:AMBER+STRICT', 'TLP:AMBER', 'TLP:GREEN', 'TLP:CLEAR')),
        restricted_reason text,
        restricted_until {int},
        category text not null,
        detection_source text not null check (detection_source in ('user_report', 'siem', 'csp_alert', 'vendor_notice', 'other')),
        asset_provider text,
        asset_account text,
        asset_tenant text,
        asset_application text,
        alert_id text,
        alert_links text not null,
        owner_team text,
        owner_person {id} references person (id) {later},
        service_owner text,
        reported_at {int} not null,
        occurred_at {int},
        detected_at {int},
        taken_at {int},
        triaged_at {int},
        escalated_at {int},
        closed_at {int},
        outcome text,
        closure_notes text,
        closed_by {id} references person (id) {later},
        policy {id} not null references policy_version (id),
        exercise {bool} not null,
        unique (number_year, number_n),
        check ((severity is null) = (severity_initial is null)),
        check ((restricted_reason is null) = (restricted_until is null)),
        check ((owner_team is null) <> (owner_person is null)),
        check ((status = 'closed') = (outcome is not null)),
        check ((outcome is null) = (closure_notes is null) and (outcome is null) = (closed_by is null)),
        check (phase is null or assessment = 'incident')
    ) {strict}",
    "create index cases_open on cases (reported_at) where status <> 'closed'",
    "create table event_report (
        id {id} primary key,
        case_id {id} not null references cases (id) {later},
        reporter {id} not null references person (id) {later},
        reply_to text,
        door text not null,
        origin text not null,
        text text not null,
        snapshot text,
        details text not null,
        wire_sha256 text not null,
        reported_at {int} not null,
        withdrawn_at {int}
    ) {strict}",
    "create index event_report_case on event_report (case_id)",
    "create index event_report_reporter on event_report (reporter, reported_at)",
    // A message of a chat that belongs to a case. The workspace is told, but it does not make a message another one: a channel that
    // two organisations share shows the same message in both.
    "create table message_ref (
        platform text not null check (platform in ('slack', 'discord', 'teams')),
        workspace text not null,
        channel text not null,
        message text not null,
        case_id {id} not null references cases (id) {later},
        role text not null check (role in ('source', 'card', 'receipt', 'page', 'feedback', 'reply', 'notice')),
        person_id {id} references person (id) {later},
        outbox_id {id},
        recorded_at {int} not null,
        primary key (platform, channel, message, role, case_id)
    ) {strict}",
    "create unique index message_ref_source on message_ref (platform, channel, message) where role = 'source'",
    "create index message_ref_case on message_ref (case_id, role)",
    // The timeline. The head says where each chain ends; it is locked while entries are added.
    "create table timeline (
        stream text not null,
        seq {int} not null check (seq >= 1),
        prev_hash text not null check (length(prev_hash) = 64),
        hash text not null check (length(hash) = 64),
        recorded_at {int} not null,
        effective_at {int} not null,
        actor text not null,
        kind text not null,
        origin text not null,
        policy {id} not null references policy_version (id),
        payload_hash text not null check (length(payload_hash) = 64),
        primary key (stream, seq)
    ) {strict}",
    "create table timeline_payload (
        stream text not null,
        seq {int} not null,
        salt text not null,
        json text not null,
        primary key (stream, seq),
        foreign key (stream, seq) references timeline (stream, seq) {later}
    ) {strict}",
    "create table timeline_head (
        stream text primary key,
        seq {int} not null,
        hash text not null check (length(hash) = 64)
    ) {strict}",
    "insert into timeline_head (stream, seq, hash)
        values ('org', 0, '0000000000000000000000000000000000000000000000000000000000000000')",
    // The permission to remove one payload. It must be written before the removal, and stays.
    "create table redaction (
        stream text not null,
        seq {int} not null,
        reason text not null,
        authorised_by {id} not null references person (id),
        authorised_at {int} not null,
        primary key (stream, seq)
    ) {strict}",
    "create table assessment (
        id {id} primary key,
        case_id {id} not null references cases (id) {later},
        policy {id} not null references policy_version (id),
        criteria text not null,
        result text not null check (result in ('event', 'incident', 'false_positive', 'duplicate')),
        consequence text not null,
        priority text not null,
        rationale text not null,
        decider {id} not null references person (id) {later},
        decided_at {int} not null
    ) {strict}",
    "create index assessment_case on assessment (case_id)",
    "create table escalation (
        id {id} primary key,
        case_id {id} not null references cases (id) {later},
        policy text not null,
        started_by {id} not null references person (id) {later},
        reason text not null,
        started_at {int} not null,
        state text not null check (state in ('running', 'acknowledged', 'failed', 'cancelled')),
        step {int},
        attempt {int},
        page {id},
        paged {id} references person (id) {later},
        ended_at {int},
        ended_by {id} references person (id) {later},
        check ((state = 'running') = (ended_at is null)),
        check ((state = 'running') = (page is not null) and (state = 'running') = (paged is not null)),
        check ((state = 'acknowledged') = (ended_by is not null))
    ) {strict}",
    "create unique index escalation_running on escalation (case_id) where state = 'running'",
    "create index escalation_case on escalation (case_id)",
    "create table deadline (
        id {id} primary key,
        case_id {id} not null references cases (id) {later},
        kind text not null check (kind in ('take', 'triage', 'acknowledge', 'resolve', 'restriction_review', 'feedback')),
        escalation_id {id},
        due_at {int} not null,
        state text not null check (state in ('open', 'met', 'missed')),
        set_at {int} not null,
        ended_at {int},
        check ((state = 'open') = (ended_at is null))
    ) {strict}",
    "create unique index deadline_open on deadline (case_id, kind) where state = 'open'",
    "create index deadline_due on deadline (due_at) where state = 'open'",
    "create table attachment (
        id {id} primary key,
        case_id {id} not null references cases (id) {later},
        file_id text not null,
        name text not null,
        media_type text,
        size {int},
        source text,
        kept text not null check (kept in ('pending', 'yes', 'no')),
        sha256 text,
        kept_size {int},
        reason text,
        recorded_at {int} not null,
        check ((kept = 'yes') = (sha256 is not null) and (kept = 'yes') = (kept_size is not null)),
        check ((kept = 'no') = (reason is not null))
    ) {strict}",
    "create index attachment_case on attachment (case_id)",
    "create index attachment_pending on attachment (recorded_at) where kept = 'pending'",
    "create table attachment_content (
        sha256 text primary key check (length(sha256) = 64),
        bytes {bytes} not null check (length(bytes) <= 52428800),
        stored_at {int} not null
    ) {strict}",
    // What came in. `answer` is what is said again when the same delivery comes again.
    "create table inbound_seen (
        key text primary key,
        answer text not null,
        wire_sha256 text not null,
        at {int} not null
    ) {strict}",
    "create index inbound_seen_at on inbound_seen (at)",
    "create table inbound_unread (
        id {id} primary key,
        at {int} not null,
        platform text not null check (platform in ('slack', 'discord', 'teams')),
        what text not null,
        masked text not null check (length(masked) <= 20000),
        reason text not null,
        wire_sha256 text not null
    ) {strict}",
    "create index inbound_unread_at on inbound_unread (at)",
    // What goes out. `position` keeps the order of one decision; `generation` counts the reasons to send a coalesced card;
    // `epoch` counts the leases, so that whoever lost its lease cannot finish.
    "create table outbox (
        id {id} primary key,
        dedupe text not null unique,
        kind text not null check (kind in ('page', 'receipt', 'feedback', 'case_card', 'thread_note', 'queue_notice', 'direct_notice')),
        case_id {id} references cases (id) {later},
        person_id {id} references person (id) {later},
        escalation_id {id},
        recipient text not null,
        priority {int} not null check (priority between 0 and 3),
        lane text not null,
        refs text not null,
        not_before {int} not null,
        run_at {int} not null,
        position {int} not null,
        state text not null check (state in ('ready', 'leased', 'sending', 'done', 'dead', 'cancelled')),
        generation {int} not null,
        attempts {int} not null,
        maybe_sent {bool} not null,
        lease_by text,
        lease_until {int},
        epoch {int} not null,
        delivery_state text not null check (delivery_state in ('pending', 'accepted', 'delivered', 'read', 'acknowledged', 'failed', 'cancelled')),
        message_platform text,
        message_workspace text,
        message_channel text,
        message_id text,
        last_error text,
        created_at {int} not null,
        finished_at {int},
        check ((state in ('leased', 'sending')) = (lease_by is not null)),
        check ((lease_by is null) = (lease_until is null)),
        check ((message_id is null) = (message_platform is null) and (message_id is null) = (message_channel is null))
    ) {strict}",
    "create index outbox_lane on outbox (lane, priority, run_at, position, id) where state = 'ready'",
    "create index outbox_urgent on outbox (lane) where state = 'ready' and priority = 0",
    "create index outbox_leased on outbox (lease_until) where state in ('leased', 'sending')",
    "create index outbox_dead on outbox (finished_at) where state = 'dead'",
    "create index outbox_case on outbox (case_id)",
    "create index outbox_escalation on outbox (escalation_id) where escalation_id is not null",
    // One try each. No foreign key: the evidence outlives its row.
    "create table attempt (
        id {id} primary key,
        outbox_id {id} not null,
        epoch {int} not null,
        generation {int} not null,
        owner text not null,
        started_at {int},
        finished_at {int} not null,
        outcome text not null check (outcome in ('delivered', 'temporary', 'rate_limited', 'permanent', 'not_needed', 'unknown')),
        late {bool} not null,
        status text,
        content_sha256 text,
        message text,
        reason text
    ) {strict}",
    "create index attempt_outbox on attempt (outbox_id)",
    // The pace of one channel or person, shared by all replicas.
    "create table lane (
        name text primary key,
        next_free_at {int} not null,
        blocked_until {int} not null,
        busy_until {int} not null
    ) {strict}",
    "create table alarm (
        id {id} primary key,
        kind text not null,
        subject text not null,
        text text not null,
        first_seen {int} not null,
        last_seen {int} not null,
        count {int} not null check (count >= 1),
        cleared_at {int}
    ) {strict}",
    "create unique index alarm_open on alarm (kind, subject) where cleared_at is null",
];
