/** The policy of CAP's announcement, as it is printed there (E2), and the ways in which a paste of it goes wrong. */
export const ANNOUNCED_POLICY = `version: v1
rules:
  - id: allow-read-path
    match: {labels: {mcp.action: "read"}}
    decision: allow
    reason: "Read operations are allowed"
  - id: approval-prod-write
    match: {labels: {mcp.action: "write"}, risk_tags: ["prod"]}
    decision: require_approval
    reason: "Production writes require human review"
  - id: deny-destructive
    match: {labels: {mcp.action: "delete"}}
    decision: deny
    reason: "Destructive actions blocked"
  - id: constrain-heavy-jobs
    match: {topics: ["job.batch.*"]}
    decision: allow_with_constraints
    constraints: {max_runtime_sec: 120, max_retries: 1}
`;

export const OUTDENTED_POLICY = ANNOUNCED_POLICY.replaceAll(/^ +/gm, '');

export const BESIDE_MATCH = `version: v1
rules:
  - id: approval-prod-write
    match: {labels: {mcp.action: "write"}}
    risk_tags: ["prod"]
    decision: require_approval
`;

export const AMONG_LABELS = `version: v1
rules:
  - id: approval-prod-write
    match:
      labels:
        mcp.action: "write"
        risk_tags: ["prod"]
    decision: require_approval
`;
