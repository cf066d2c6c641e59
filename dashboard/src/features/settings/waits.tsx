/** How long this Hall waits, in its own words and in seconds. */
import type { Settings } from '../../../../src/core/hall/settings.ts';
import { Field, Input } from '../../ui/field.tsx';
import type { Change } from './change.ts';
import { SettingsForm } from './form.tsx';

const WAITS = [
  ['attestation_ttl_s', 'A report of running code counts for', 'Then a worker has to say again what it runs.'],
  ['heartbeat_ttl_s', 'A worker without a heartbeat is offline after', undefined],
  ['approval_ttl_s', 'A question waits for a person at most', 'Then it is denied, and called expired.'],
  ['outcome_deadline_s', 'An outcome is missing after', 'Then the dispatch is closed as never answered.'],
] as const;

export const Waits = ({ settings, change }: { settings: Settings; change: Change }) => (
  <SettingsForm
    title="How long is waited"
    change={change}
    read={(data) => Object.fromEntries(WAITS.map(([name]) => [name, Number(data.get(name))]))}
  >
    <div className="grid gap-3 sm:grid-cols-2">
      {WAITS.map(([name, label, hint]) => (
        <Field key={name} label={`${label} (seconds)`} hint={hint}>
          <Input name={name} type="number" min={1} max={31_536_000} required defaultValue={settings[name]} />
        </Field>
      ))}
    </div>
  </SettingsForm>
);
