/** A policy of the smallest form (WCP 3.7): migrations are let through outside production, and wait for a person there. */
export const GATE_POLICY = {
  policy_version: 'policy.v1',
  default: 'DENY',
  rules: [
    {
      id: 'migrate-outside-prod',
      match: { env: { in: ['dev', 'stage'] } },
      decision: 'ALLOW',
      reason: 'not production',
    },
    {
      id: 'migrate-in-prod',
      match: { capability_id: 'cap.db.migrate' },
      decision: 'REQUIRE_HUMAN',
      reason: 'a person approves migrations',
    },
  ],
};
