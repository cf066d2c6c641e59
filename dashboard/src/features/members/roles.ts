/** The roles of the service, in words. What each may do is the service's table; this is what a person is told. */
export const ROLES = [
  ['owner', 'Owner', 'Everything, and the other owners.'],
  ['admin', 'Admin', 'Everything but owners.'],
  ['policy_author', 'Policy author', 'Reads, and writes rules and policies.'],
  ['approver', 'Approver', 'Reads, and answers what waits for a person.'],
  ['operator', 'Operator', 'Reads, asks, enrols workers, answers.'],
  ['auditor', 'Auditor', 'Reads the Hall and its ledger, changes nothing.'],
] as const;

export const labelOf = (role: string): string => ROLES.find(([id]) => id === role)?.[1] ?? role;
