/** Steps 4 to 6 of WCP 3.1: a rule set that can be trusted, the rule that matches, what it asks of the correlation id. */
import { deny, type Hearing, type Stop } from './hearing.ts';
import { didYouMean, matchRule } from './rules.ts';
import { cleanAll } from './text.ts';

/** Step 4: a set with unreachable rules decides nothing in prod and edge. */
export function judgeRules({ snapshot, production, notes }: Hearing): Stop {
  const shadowed = snapshot.rules?.compiled.shadowedRuleIds ?? [];
  if (shadowed.length === 0) return null;
  if (production) {
    const extras = { shadowed_rule_ids: cleanAll(shadowed), shadow_count: shadowed.length };
    return deny('DENY_SHADOW_RULES_DETECTED', 'rules', extras);
  }
  notes.push(`shadowed_rules:${shadowed.length}`);
  return null;
}

/** Step 5: no rule, no dispatch. */
export function judgeMatch(hearing: Hearing): Stop {
  const rules = hearing.snapshot.rules?.compiled ?? null;
  const { query } = hearing;
  const rule = rules === null || query === null ? null : matchRule(rules, query);
  if (rule !== null) {
    hearing.follow(rule);
    return null;
  }
  const suggestions = rules === null || query === null ? [] : didYouMean(rules, query.capability_id);
  return deny('DENY_NO_MATCHING_RULE', 'match', { did_you_mean: cleanAll(suggestions) });
}

/** Step 6. An absent one was generated, unless the tenant is strict. */
export function judgeCorrelation({ request, settings, rule }: Hearing): Stop {
  const demanded = settings.enforce_correlation_id || rule?.preconditions.must_have_correlation_id === true;
  const missing =
    request.correlation === 'blank' ? demanded || settings.strict : request.correlation === 'absent' && settings.strict;
  return missing ? deny('DENY_MISSING_CORRELATION_ID', 'preconditions', {}, 'MISSING_CORRELATION_ID') : null;
}
