//! Assessing: the decision event or incident, by the scheme, with who, why and under which version (R56-R62).
//!
//! Invariants: a decision is a new record, a revision another one; consequence and priority come from the scheme, not from the
//! decider; only an incident has a phase. Neighbours: [`super::closing`] records one when the case has none.

use super::{
    assessment::{Assessment, AssessmentRecord, Phase},
    case_file::CaseFile,
    decision::{Decision, Refusal},
    draft::{Act, Draft},
    ids::{AssessmentId, PersonId},
    input::AssessInput,
    lifecycle::{open_only, person_of, required, take_if_untaken, wrong_field},
    policy::Scheme,
    timeline::Body,
};
use std::collections::BTreeMap;

/// Assess.
///
/// # Errors
/// When the case is closed, the result or the rationale is missing, or a criterion is not of the scheme.
pub fn assess(act: Act<'_>, file: &CaseFile, input: &AssessInput) -> Result<Decision, Refusal> {
    let person = person_of(&act)?;
    open_only(&file.case, "assess it")?;
    let mut draft = Draft::change(act, &file.case);
    take_if_untaken(&mut draft, person);
    record(&mut draft, person, input)?;
    Ok(draft.finish())
}

/// Writes the record of a decision into a draft.
///
/// # Errors
/// When the result or the rationale is missing, or a criterion is not of the scheme.
pub fn record(
    draft: &mut Draft<'_>,
    decider: PersonId,
    input: &AssessInput,
) -> Result<(), Refusal> {
    let act = draft.act();
    let scheme = &act.at.policy.scheme;
    let rationale = required(
        &input.rationale,
        "rationale",
        "Say in a sentence why you decide so.",
    )?;
    let criteria = answers(scheme, &input.criteria)?;
    let follows = scheme
        .consequence
        .iter()
        .find(|rule| rule.result == input.result && input.result != Assessment::Undecided)
        .ok_or_else(|| wrong_field("result", "Choose what it was found to be."))?;
    let record = AssessmentRecord {
        id: AssessmentId::new(act.at.entropy, act.at.now),
        case: draft.case.id,
        policy: act.at.version,
        criteria,
        result: input.result,
        consequence: follows.consequence.clone(),
        priority: follows.priority.clone(),
        rationale,
        decider,
        decided_at: act.at.now,
    };
    draft.case.assessment = record.result;
    draft.case.phase = match (record.result, draft.case.phase) {
        (Assessment::Incident, None) => Some(Phase::Containment),
        (Assessment::Incident, phase) => phase,
        _ => None,
    };
    draft.entry(Body::Assessed {
        assessment: record.id,
        result: record.result,
        rationale: record.rationale.clone(),
        criteria: record.criteria.clone(),
        consequence: record.consequence.clone(),
        priority: record.priority.clone(),
    });
    draft.parts().assessments.push(record);
    Ok(())
}

/// An answer to every criterion of the scheme.
fn answers(
    scheme: &Scheme,
    given: &BTreeMap<String, bool>,
) -> Result<BTreeMap<String, bool>, Refusal> {
    let known = |id: &String| scheme.criterion.iter().any(|criterion| criterion.id == *id);
    if !given.keys().all(known) {
        return Err(wrong_field(
            "criteria",
            "The criteria have changed since this form was opened. Open it again.",
        ));
    }
    Ok(scheme
        .criterion
        .iter()
        .map(|criterion| {
            let yes = given.get(&criterion.id).copied().unwrap_or(false);
            (criterion.id.clone(), yes)
        })
        .collect())
}
