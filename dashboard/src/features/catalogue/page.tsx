/** The catalogue: what every id means, and what it means in this Hall. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { getJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Empty, Failed, Loaded, Loading } from '../../ui/states.tsx';
import { Facts, Page, Table } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';

interface Entity {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly description?: string;
  readonly status: string;
  readonly risk_tier?: string;
}

interface EntityPage {
  readonly entities: readonly Entity[];
  readonly next_cursor: string | null;
  readonly catalog: { readonly version: string; readonly total_entities: number };
}

interface Explained {
  readonly in_catalog: boolean;
  readonly succession: readonly string[];
  readonly workers: readonly { readonly worker_id: string }[];
  readonly rules: readonly { readonly rule_id: string; readonly how: string }[];
}

const KINDS = ['capability', 'species', 'control', 'profile', 'policy', 'event'] as const;

const Here = ({ id }: { id: string }) => {
  const query = useQuery<Explained, Error>({
    queryKey: ['catalogue', 'explain', id],
    queryFn: ({ signal }) => getJson(`/v1/catalog/entities/${encodeURIComponent(id)}/explain`, {}, signal),
  });
  return (
    <Loaded query={query} what="what it means here">
      {({ workers, rules, succession }) => (
        <Facts
          rows={[
            ['Workers here', workers.length === 0 ? 'none' : workers.map(({ worker_id }) => worker_id).join(', ')],
            [
              'Rules here',
              rules.length === 0 ? 'none' : rules.map(({ rule_id, how }) => `${rule_id} (${how})`).join(', '),
            ],
            ...(succession.length > 1 ? [['Superseded by', succession.slice(1).join(' → ')] as const] : []),
          ]}
        />
      )}
    </Loaded>
  );
};

export const CataloguePage = () => {
  const [words, setWords] = useState('');
  const [q, setQ] = useState('');
  const [kind, setKind] = useState('capability');
  const [open, setOpen] = useState<Entity | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setQ(words.trim()), 250);
    return () => clearTimeout(timer);
  }, [words]);
  const query = useInfiniteQuery({
    queryKey: ['catalogue', q, kind],
    queryFn: ({ pageParam, signal }) =>
      getJson<EntityPage>('/v1/catalog', { q, kind, limit: 100, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: EntityPage) => next_cursor,
  });
  const entities = query.data?.pages.flatMap((page) => page.entities) ?? [];
  const catalog = query.data?.pages[0]?.catalog;
  return (
    <Page
      title="Catalogue"
      lead={
        catalog === undefined
          ? 'What every id means.'
          : `What every id means: version ${catalog.version}, ${catalog.total_entities} entities.`
      }
    >
      <div className="grid gap-3 sm:grid-cols-[1fr_14rem]">
        <Field label="Find">
          <Input
            type="search"
            value={words}
            placeholder="summarize, egress …"
            onChange={({ target }) => setWords(target.value)}
          />
        </Field>
        <Field label="Kind">
          <Select value={kind} onChange={({ target }) => setKind(target.value)}>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
            <option value="">all kinds</option>
          </Select>
        </Field>
      </div>
      {query.data === undefined ? (
        query.error === null ? (
          <Loading what="the catalogue" />
        ) : (
          <Failed error={query.error} retry={() => void query.refetch()} />
        )
      ) : entities.length === 0 ? (
        <Empty title="Nothing is called that">Try another word or kind.</Empty>
      ) : (
        <Table
          caption="Entities"
          columns={[
            { head: 'Id', cell: ({ id }: Entity) => <code className="font-medium">{id}</code> },
            { head: 'Means', cell: ({ description, name }) => description ?? name, className: 'min-w-52' },
            { head: 'Risk', cell: ({ risk_tier }) => risk_tier ?? '—' },
            {
              head: 'State',
              cell: ({ status }) => <Badge tone={status === 'active' ? 'allow' : 'plain'}>{status}</Badge>,
            },
            {
              head: 'Here',
              cell: (entity) => (
                <Button aria-label={`${entity.id} in this Hall`} onClick={() => setOpen(entity)}>
                  In this Hall
                </Button>
              ),
            },
          ]}
          rows={entities}
          rowKey={({ id }) => id}
        />
      )}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          More
        </Button>
      )}
      <Dialog
        open={open !== null}
        onClose={() => setOpen(null)}
        title={open?.id ?? ''}
        description={open?.description ?? open?.name ?? ''}
      >
        {open !== null && <Here id={open.id} />}
        <div className="mt-4 flex justify-end">
          <Button onClick={() => setOpen(null)}>Close</Button>
        </div>
      </Dialog>
    </Page>
  );
};
