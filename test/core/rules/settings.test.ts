import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { defaultSettings, patchSettings, Settings, SettingsPatch } from '../../../src/core/hall/settings.ts';
import { sha256Hex } from '../../../src/core/hash.ts';

describe('WCP 2.5 settings', () => {
  it('defaults', () => {
    expect(Settings.parse(defaultSettings)).toEqual({
      enforce_correlation_id: true,
      enforce_required_controls: true,
      enforce_blast_scoring_in_prod: true,
      require_signatory: false,
      require_credential: false,
      require_worker_attestation: false,
      enforce_privilege_envelopes: false,
      strict: false,
      allowed_tenants: [],
      hall_controls: [],
      egress_allowlist: {},
      attestation_ttl_s: 300,
      heartbeat_ttl_s: 300,
      approval_ttl_s: 3600,
      outcome_deadline_s: 900,
    });
  });

  it('the content hash of the defaults is frozen', () => {
    expect(sha256Hex(canonicalJson(defaultSettings))).toBe(
      'dbebb6a759e5481837ec7aa6df4212c5aeb93a4fade4b213083900da9c314ad9',
    );
  });

  it('a patch replaces what it names and nothing else', () => {
    const patched = patchSettings(defaultSettings, { strict: true, egress_allowlist: { prod: ['a.example'] } });
    expect(patched).toEqual({ ...defaultSettings, strict: true, egress_allowlist: { prod: ['a.example'] } });
    expect(patchSettings(patched, {})).toEqual(patched);
  });

  it.each([
    ['unknown member', { enforce_everything: true }],
    ['wrong type', { strict: 'yes' }],
    ['null', { strict: null }],
    ['unknown environment', { egress_allowlist: { production: [] } }],
    ['no time at all', { heartbeat_ttl_s: 0 }],
    ['a fraction', { approval_ttl_s: 1.5 }],
    ['a control no Hall supplies', { hall_controls: ['ctrl.obs.structured-logging'] }],
  ])('%s is refused', (_, patch) => {
    expect(SettingsPatch.safeParse(patch).success).toBe(false);
  });

  it.each(['ctrl.blast-radius-scoring', 'ctrl.obs.audit_log_append_only', 'ctrl.os.global-kill-switches'])(
    'the Hall may supply %s',
    (control) => {
      expect(SettingsPatch.safeParse({ hall_controls: [control] }).success).toBe(true);
    },
  );
});
