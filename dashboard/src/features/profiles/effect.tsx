/** What activating would change, before it does: the same questions decided as it is and as it would be. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Figures } from '../../ui/stat.tsx';
import { Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, Table } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { addressOf, postureNow, previewOf, type Terms, termsBody } from './queries.ts';
import { type Change, ENVS, type HallEnv, type Preview, type Profile } from './types.ts';

const TONE = { stopped: 'deny', held: 'hold', sometimes: 'fault' } as const;
const WORD = { stopped: 'stopped', held: 'waits for a person', sometimes: 'sometimes stopped' } as const;

interface Affected {
  readonly name: string;
  readonly cells: Partial<Record<HallEnv, Change>>;
  readonly reason: string;
}

const grouped = <T extends Change>(changes: readonly T[], nameOf: (change: T) => string): readonly Affected[] => {
  const rows = new Map<string, Affected>();
  for (const change of changes) {
    const before = rows.get(nameOf(change));
    rows.set(nameOf(change), {
      name: nameOf(change),
      cells: { ...before?.cells, [change.env]: change },
      reason: before?.reason ?? change.deny_code ?? change.reason,
    });
  }
  return [...rows.values()];
};

const AffectedTable = ({ caption, head, rows }: { caption: string; head: string; rows: readonly Affected[] }) => (
  <Table
    caption={caption}
    columns={[
      { head, cell: ({ name }) => <code className="font-medium">{name}</code> },
      ...ENVS.map((env) => ({
        head: env,
        cell: ({ cells }: Affected) => {
          const change = cells[env];
          return change === undefined ? (
            <span className="text-soft">as before</span>
          ) : (
            <Badge tone={TONE[change.verdict]}>{WORD[change.verdict]}</Badge>
          );
        },
      })),
      { head: 'Because', cell: ({ reason }) => <span className="text-soft">{reason}</span> },
    ]}
    rows={rows}
    rowKey={({ name }) => name}
  />
);

/** Not a matter of rules and workers but of who asks, so it is said apart. */
const Tokens = ({ signatory: { stopped_without: stopped, envs } }: Pick<Preview, 'signatory'>) =>
  stopped === 0 ? null : (
    <Notice tone="hold">
      It demands the token of a signatory. {stopped} of these questions are dispatched today without one, in{' '}
      {envs.join(', ')}, and would be denied: whoever asks needs a token from then on. What follows takes one for
      granted.
    </Notice>
  );

const Effect = ({ preview }: { preview: Preview }) => {
  const workers = grouped(preview.workers, ({ worker_id }) => worker_id);
  const rules = grouped(preview.rules, ({ rule_id }) => rule_id);
  const count = (verdict: Change['verdict']): number =>
    preview.workers.filter((change) => change.verdict === verdict).length;
  return (
    <div className="space-y-4">
      <Figures
        figures={[
          { label: 'questions decided twice', value: preview.questions },
          { label: 'stopped', value: count('stopped'), tone: count('stopped') > 0 ? 'deny' : 'ink' },
          { label: 'wait for a person', value: count('held'), tone: count('held') > 0 ? 'hold' : 'ink' },
          { label: 'stopped sometimes', value: count('sometimes'), tone: count('sometimes') > 0 ? 'fault' : 'ink' },
        ]}
      />
      {!preview.complete && (
        <Notice tone="hold">
          There are more rules and workers than one preview asks about; this is a part of them.
        </Notice>
      )}
      <Tokens signatory={preview.signatory} />
      {workers.length === 0 ? (
        <Notice tone={preview.signatory.stopped_without === 0 ? 'allow' : 'plain'}>
          Nothing that is dispatched now would be stopped for its rule or worker. Questions were made for every rule,
          environment and enrolled worker.
        </Notice>
      ) : (
        <>
          <AffectedTable caption="Workers it would affect" head="Worker" rows={workers} />
          {rules.length > 0 && <AffectedTable caption="Rules it would affect" head="Rule" rows={rules} />}
        </>
      )}
    </div>
  );
};

export const EffectTab = ({ profile }: { profile: Profile }) => {
  const queries = useQueryClient();
  const [terms, setTerms] = useState<Terms>({ envs: [], overrides: [] });
  const [inPlaceOf, setInPlaceOf] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const preview = useQuery(previewOf(profile.profile_id, terms));
  const posture = useQuery(postureNow);
  const activate = useMutation({
    mutationFn: async () => {
      await sendJson('POST', `${addressOf(profile.profile_id)}/activate`, termsBody(terms));
      if (inPlaceOf !== '') await sendJson('POST', `${addressOf(inPlaceOf)}/deactivate`, {});
    },
    onSuccess: () => setIsAsking(false),
    onSettled: () => queries.invalidateQueries({ queryKey: ['profiles'] }),
  });
  const toggle = (env: HallEnv): void => {
    const envs = terms.envs.includes(env) ? terms.envs.filter((one) => one !== env) : [...terms.envs, env];
    setTerms({ ...terms, envs: envs.length === ENVS.length ? [] : envs });
  };
  const others = (posture.data?.profiles ?? []).filter(
    ({ profile_id, via }) => via === null && profile_id !== profile.profile_id,
  );
  return (
    <>
      {activate.isSuccess && (
        <Notice tone="allow">
          Active from the next decision{inPlaceOf === '' ? '' : `; taking ${inPlaceOf} out waits for a second person`}.
        </Notice>
      )}
      <Card title="Try it">
        <div className="grid gap-4 lg:grid-cols-3">
          <fieldset>
            <legend className="font-medium">Where it should hold</legend>
            <div className="mt-1 flex flex-wrap gap-x-4">
              {ENVS.map((env) => (
                <label key={env} className="flex min-h-8 items-center gap-1.5">
                  <input
                    type="checkbox"
                    className="size-6 accent-accent"
                    checked={terms.envs.includes(env)}
                    onChange={() => toggle(env)}
                  />
                  {env}
                </label>
              ))}
            </div>
            <p className="text-xs text-soft">None marked: everywhere.</p>
          </fieldset>
          <Field
            label="Workers that wait instead of being denied"
            hint="Ids with a comma between. For those that its risk rule would deny."
          >
            <Input
              spellCheck={false}
              placeholder="org.example.migrator"
              onBlur={({ target }) =>
                setTerms({
                  ...terms,
                  overrides: target.value
                    .split(',')
                    .map((id) => id.trim())
                    .filter(Boolean),
                })
              }
            />
          </Field>
          <Field label="In place of" hint="Swap: it is taken out afterwards, which a second person has to agree to.">
            <Select value={inPlaceOf} onChange={({ target }) => setInPlaceOf(target.value)}>
              <option value="">nothing: beside what is active</option>
              {others.map(({ profile_id }) => (
                <option key={profile_id} value={profile_id}>
                  {profile_id}
                </option>
              ))}
            </Select>
          </Field>
        </div>
      </Card>
      <section className="space-y-3" aria-label="Effect">
        <header className="flex flex-wrap items-center justify-between gap-3">
          <h2>What would change here</h2>
          <Button kind="primary" needs="hall:admin" onClick={() => setIsAsking(true)}>
            Activate …
          </Button>
        </header>
        <Loaded query={preview} what="the effect">
          {(shown) => <Effect preview={shown} />}
        </Loaded>
      </section>
      <Dialog
        open={isAsking}
        onClose={() => {
          activate.reset();
          setIsAsking(false);
        }}
        title={`Activate ${profile.document.title}`}
        description={`It holds ${terms.envs.length === 0 ? 'in every environment' : `in ${terms.envs.join(', ')}`} from the next decision on. Taking it out again takes two people.`}
      >
        <div className="space-y-4">
          {preview.data !== undefined && preview.data.workers.length > 0 && (
            <Notice tone="hold">
              {preview.data.workers.length} ways to dispatch a worker that work now would be stopped or held.
            </Notice>
          )}
          {activate.error !== null && <Failed error={activate.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsAsking(false)}>Not now</Button>
            <Button kind="primary" busy={activate.isPending} onClick={() => activate.mutate()}>
              Activate
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
};
