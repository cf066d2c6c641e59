/** The ways in which a paste of the announcement's policy goes wrong. */
import { ANNOUNCED_POLICY } from '../../src/cli/demo-content.ts';

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
