import { describe, expect, test } from 'vitest';
import { mayChangeMember, permissionsOf, permits, ROLES, scopesOf } from '../../../src/core/access/roles.ts';
import { SCOPES } from '../../../src/core/caller.ts';

describe('the table of roles', () => {
  test('is what was agreed', () => {
    expect(Object.fromEntries(ROLES.map((role) => [role, permissionsOf(role)]))).toEqual({
      owner: [...SCOPES, 'policy:write', 'members:manage'],
      admin: [...SCOPES, 'policy:write', 'members:manage'],
      policy_author: ['hall:read', 'ledger:read', 'policy:write'],
      approver: ['hall:read', 'ledger:read', 'hall:approve'],
      operator: ['hall:read', 'ledger:read', 'hall:route', 'hall:enroll', 'runtime:delivery', 'hall:approve'],
      auditor: ['hall:read', 'ledger:read'],
    });
  });

  test('an auditor reads and nothing else; who writes policies does not answer approvals', () => {
    expect(permissionsOf('auditor').every((permission) => permission.endsWith(':read'))).toBe(true);
    expect(permits(permissionsOf('policy_author'), 'hall:approve')).toBe(false);
    expect(scopesOf('policy_author')).toEqual(['hall:read', 'ledger:read']);
  });

  test('the scope hall:admin includes the finer permissions, and no other scope does', () => {
    for (const scope of SCOPES) expect(permits([scope], 'policy:write')).toBe(scope === 'hall:admin');
  });

  test('only owners make, change and remove owners', () => {
    for (const by of ROLES) {
      for (const other of ROLES) {
        const may = by === 'owner' || (by === 'admin' && other !== 'owner');
        expect([mayChangeMember(by, null, other), mayChangeMember(by, other, null)], `${by} ${other}`).toEqual([
          may,
          may,
        ]);
      }
    }
  });
});
