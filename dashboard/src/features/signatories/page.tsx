/** Whose tokens say who speaks, and what would become of one token, and why. Trying it uses nothing up. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DocumentDialog } from '../../ui/document-dialog.tsx';
import { Field, Select, TextArea } from '../../ui/field.tsx';
import { Empty, Failed, Loaded } from '../../ui/states.tsx';
import { Card, Facts, Page, Table } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { TermsForm, termsOf } from './form.tsx';

interface Signatory {
  readonly signatory_id: string;
  readonly name?: string;
  readonly issuer: string;
  readonly audiences?: readonly string[];
  readonly algorithms?: readonly string[];
  readonly jwks_url?: string | null;
  readonly tenant_ids?: Readonly<Record<string, string>> | null;
}

interface Tried {
  readonly accepted: boolean;
  readonly reason?: string;
  readonly explanation?: string;
  readonly detail?: string | null;
  readonly tenant_id?: string;
  readonly scopes?: readonly string[];
}

const EXAMPLE = JSON.stringify(
  {
    name: 'Acme identity provider',
    issuer: 'https://idp.acme.example/',
    jwks_url: 'https://idp.acme.example/.well-known/jwks.json',
    audiences: ['guildhall'],
    algorithms: ['ES256'],
    tenant_claim: '/org/id',
    tenant_ids: { org_42: 'acme-corp' },
    scopes: { 'guildhall.route': ['hall:route'] },
  },
  null,
  2,
);

const pathOf = (id: string): string => `/v1/signatories/${encodeURIComponent(id)}`;

const TestToken = ({ signatories }: { signatories: readonly Signatory[] }) => {
  const test = useMutation({
    mutationFn: ({ id, token }: { id: string; token: string }) =>
      sendJson<Tried>('POST', `${pathOf(id)}/test`, { token }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    test.mutate({ id: String(data.get('signatory')), token: String(data.get('token') ?? '').trim() });
  };
  return (
    <Card title="Test a token">
      <form onSubmit={submit} className="space-y-3">
        <Field label="Of which signatory">
          <Select name="signatory">
            {signatories.map(({ signatory_id, name, issuer }) => (
              <option key={signatory_id} value={signatory_id}>
                {name ?? issuer}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Token" hint="Judged as if it came now. Nothing is recorded, and it is not used up.">
          <TextArea name="token" rows={4} required spellCheck={false} className="font-mono" />
        </Field>
        <Button type="submit" kind="primary" busy={test.isPending}>
          Test
        </Button>
      </form>
      <div role="status" className="mt-3">
        {test.error !== null && <Failed error={test.error} />}
        {test.data !== undefined && (
          <div className="space-y-2">
            <Badge tone={test.data.accepted ? 'allow' : 'deny'}>{test.data.accepted ? 'accepted' : 'refused'}</Badge>
            <Facts
              rows={[
                ...(test.data.reason === undefined ? [] : [['Reason', test.data.reason] as const]),
                ...(test.data.explanation === undefined ? [] : [['That means', test.data.explanation] as const]),
                ...(typeof test.data.detail === 'string' ? [['More exactly', test.data.detail] as const] : []),
                ...(test.data.tenant_id === undefined
                  ? []
                  : [['Vouches for', `questions that name the tenant_id ${test.data.tenant_id}`] as const]),
                ...(test.data.scopes === undefined
                  ? []
                  : [['Opens', test.data.scopes.join(', ') || 'nothing by itself'] as const]),
              ]}
            />
          </div>
        )}
      </div>
    </Card>
  );
};

const Register = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => {
  const queries = useQueryClient();
  const register = useMutation<unknown, Error, object>({
    mutationFn: (terms) => sendJson('POST', '/v1/signatories', terms),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['signatories'] });
    },
  });
  return (
    <DocumentDialog
      open={isOpen}
      onClose={onClose}
      title="Register a signatory"
      description="An issuer of tokens that this Hall trusts: its keys, for whom it may speak, and what its scopes open."
      verb="Register"
      send={register}
      form={<TermsForm />}
      documentOf={termsOf}
      example={EXAMPLE}
    />
  );
};

export const SignatoriesPage = () => {
  const queries = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  const [removing, setRemoving] = useState<Signatory | null>(null);
  const query = useQuery<{ readonly signatories: readonly Signatory[] }, Error>({
    queryKey: ['signatories'],
    queryFn: ({ signal }) => getJson('/v1/signatories', {}, signal),
  });
  const remove = useMutation({
    mutationFn: ({ signatory_id }: Signatory) => sendJson('DELETE', pathOf(signatory_id)),
    onSuccess: () => {
      setRemoving(null);
      return queries.invalidateQueries({ queryKey: ['signatories'] });
    },
  });
  return (
    <Page
      title="Signatories"
      changes="hall:admin"
      lead="Issuers of tokens that vouch for whom a question speaks for."
      action={
        <Button kind="primary" needs="hall:admin" onClick={() => setIsOpen(true)}>
          Register a signatory …
        </Button>
      }
    >
      <Loaded query={query} what="signatories">
        {({ signatories }) =>
          signatories.length === 0 ? (
            <Empty title="No signatory is registered">
              Without one, a question says for whom it speaks and nobody vouches for it.
            </Empty>
          ) : (
            <>
              <Table
                caption="Signatories"
                columns={[
                  {
                    head: 'Signatory',
                    cell: ({ name, signatory_id }: Signatory) => (
                      <>
                        <span className="font-medium">{name ?? signatory_id}</span>
                        <code className="block text-xs text-soft">{signatory_id}</code>
                      </>
                    ),
                  },
                  { head: 'Issuer', cell: ({ issuer }) => <code className="wrap-anywhere">{issuer}</code> },
                  { head: 'Audiences', cell: ({ audiences }) => (audiences ?? []).join(', ') },
                  { head: 'Algorithms', cell: ({ algorithms }) => (algorithms ?? []).join(', ') },
                  { head: 'Speaks for', cell: ({ tenant_ids }) => Object.values(tenant_ids ?? {}).join(', ') || '—' },
                  {
                    head: 'Remove',
                    cell: (one) => (
                      <Button needs="hall:admin" onClick={() => setRemoving(one)}>
                        Remove …
                      </Button>
                    ),
                  },
                ]}
                rows={signatories}
                rowKey={({ signatory_id }) => signatory_id}
              />
              <TestToken signatories={signatories} />
            </>
          )
        }
      </Loaded>
      <Register isOpen={isOpen} onClose={() => setIsOpen(false)} />
      <Dialog
        open={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Remove ${removing?.name ?? 'this signatory'}`}
        description="Its tokens count for nothing from the next request on."
      >
        <div className="space-y-4">
          {remove.error !== null && <Failed error={remove.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setRemoving(null)}>Keep it</Button>
            <Button kind="danger" busy={remove.isPending} onClick={() => removing !== null && remove.mutate(removing)}>
              Remove
            </Button>
          </div>
        </div>
      </Dialog>
    </Page>
  );
};
