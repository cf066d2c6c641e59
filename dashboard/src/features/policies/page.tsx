/** Policies: written, checked, tried on questions and on history, shadowed, published and rolled back. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { Page } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { BacktestTab } from './backtest.tsx';
import { useDraft } from './draft.ts';
import { EditTab } from './edit.tsx';
import type { PolicySearch } from './search.ts';
import { ShadowTab } from './shadow.tsx';
import { SimulateTab } from './simulate.tsx';
import { VersionsTab } from './versions.tsx';

const NewBundle = ({
  isOpen,
  onClose,
  onName,
}: {
  isOpen: boolean;
  onClose: () => void;
  onName: (id: string) => void;
}) => {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onName(String(new FormData(event.currentTarget).get('name') ?? '').trim());
  };
  return (
    <Dialog
      open={isOpen}
      onClose={onClose}
      title="A new bundle"
      description="Bundles are published together and merged; main is the one to begin with."
    >
      <form onSubmit={submit} className="space-y-4">
        <Field label="Name" hint="Small letters, digits, - and /">
          <Input name="name" required pattern="[a-z0-9][a-z0-9._\/\-]{0,127}" spellCheck={false} />
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary">
            Begin
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

export const PoliciesPage = () => {
  const navigate = useNavigate();
  const search = useSearch({ from: '/app/policies' });
  const { tab = 'edit', bundle = 'main', q } = search;
  const { draft, bundleIds, error } = useDraft(bundle);
  const [isNaming, setIsNaming] = useState(false);
  const go = (change: PolicySearch): void =>
    void navigate({ to: '/app/policies', search: { ...search, ...change }, replace: true });
  return (
    <Page
      title="Policies"
      changes="policy:write"
      lead="Which questions may pass, wait for a person, or not. A draft decides nothing; what is published decides from the next question on."
      action={
        <div className="flex flex-wrap items-end gap-2">
          <Field label="Bundle">
            <Select value={bundle} onChange={({ target }) => go({ bundle: target.value })}>
              {bundleIds.map((id) => (
                <option key={id}>{id}</option>
              ))}
            </Select>
          </Field>
          <Button needs="policy:write" onClick={() => setIsNaming(true)}>
            New bundle …
          </Button>
        </div>
      }
    >
      {draft === null ? (
        error === null ? (
          <Loading what="policies" />
        ) : (
          <Failed error={error} />
        )
      ) : (
        <Tabs
          label="Parts of a policy"
          open={tab}
          onOpen={(next) => go({ tab: next })}
          tabs={[
            { id: 'edit', label: 'Write', body: <EditTab key={bundle} draft={draft} /> },
            {
              id: 'simulate',
              label: 'Simulate',
              body: <SimulateTab draft={draft} q={q} onAsk={(asked) => go({ tab: 'simulate', q: asked })} />,
            },
            { id: 'backtest', label: 'Backtest', body: <BacktestTab key={bundle} draft={draft} /> },
            { id: 'shadow', label: 'Shadow', body: <ShadowTab key={bundle} draft={draft} /> },
            { id: 'versions', label: 'Versions', body: <VersionsTab /> },
          ]}
        />
      )}
      <NewBundle
        isOpen={isNaming}
        onClose={() => setIsNaming(false)}
        onName={(id) => {
          setIsNaming(false);
          go({ bundle: id, tab: 'edit' });
        }}
      />
    </Page>
  );
};
