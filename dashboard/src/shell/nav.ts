/** The screens, in the order of the menu. */
export interface NavItem {
  readonly to: string;
  readonly label: string;
  readonly group: 'Watch' | 'Govern' | 'Prove' | 'Manage';
}

export const NAV: readonly NavItem[] = [
  { to: '/app', label: 'Overview', group: 'Watch' },
  { to: '/app/decisions', label: 'Decisions', group: 'Watch' },
  { to: '/app/approvals', label: 'Approvals', group: 'Watch' },
  { to: '/app/workers', label: 'Workers', group: 'Govern' },
  { to: '/app/rules', label: 'Rules', group: 'Govern' },
  { to: '/app/profiles', label: 'Profiles', group: 'Govern' },
  { to: '/app/policies', label: 'Policies', group: 'Govern' },
  { to: '/app/bans', label: 'Ban list', group: 'Govern' },
  { to: '/app/compliance', label: 'Compliance', group: 'Prove' },
  { to: '/app/ledger', label: 'Ledger', group: 'Prove' },
  { to: '/app/audit', label: 'Audit', group: 'Prove' },
  { to: '/app/catalogue', label: 'Catalogue', group: 'Prove' },
  { to: '/app/keys', label: 'API keys', group: 'Manage' },
  { to: '/app/signatories', label: 'Signatories', group: 'Manage' },
  { to: '/app/webhooks', label: 'Webhooks', group: 'Manage' },
  { to: '/app/members', label: 'Members', group: 'Manage' },
  { to: '/app/settings', label: 'Settings', group: 'Manage' },
];

export const GROUPS = ['Watch', 'Govern', 'Prove', 'Manage'] as const;
