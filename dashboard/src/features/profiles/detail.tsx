/** One profile: what it demands, what it would change here, and which controls its demands stand for. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button } from '../../ui/button.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { ComplianceView } from '../compliance/view.tsx';
import { byGroup, demandRows } from './demands.ts';
import { EffectTab } from './effect.tsx';
import { oneProfile } from './queries.ts';
import { RemovalPart } from './removal.tsx';
import type { ProfileTab } from './search.ts';
import type { Profile } from './types.ts';

const Demands = ({ profile }: { profile: Profile }) => {
  const groups = byGroup(demandRows(profile.document));
  const { framework } = profile.document;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      {groups.length === 0 && (
        <Empty title="It demands nothing beyond the floors of your settings">
          Activating it changes no decision; it names the posture.
        </Empty>
      )}
      {groups.map(([group, rows]) => (
        <Card key={group} title={`${group} (${rows.length})`}>
          <ul className="space-y-1.5">
            {rows.map(({ key, label, value }) => (
              <li key={key} className="flex justify-between gap-4">
                {group === 'Controls' ? <code className="wrap-anywhere">{label}</code> : <span>{label}</span>}
                <span className="shrink-0 text-soft">{value}</span>
              </li>
            ))}
          </ul>
        </Card>
      ))}
      <Card title="What it is">
        <Facts
          rows={[
            ['Id', <Mono key="id">{profile.profile_id}</Mono>],
            ['Version', profile.version],
            ['Content hash', <Mono key="hash">{profile.hash}</Mono>],
            ...(framework === undefined
              ? []
              : ([
                  ['Framework', `${framework.name}, ${framework.version}`],
                  [
                    'Source',
                    <a key="source" href={framework.source_url} className="wrap-anywhere underline" rel="noreferrer">
                      {framework.source_url}
                    </a>,
                  ],
                  ['Read as of', framework.as_of],
                ] as const)),
          ]}
        />
      </Card>
    </div>
  );
};

const State = ({ profile }: { profile: Profile }) =>
  profile.active.length === 0 ? (
    <Badge tone="plain">not active</Badge>
  ) : (
    <span className="flex flex-wrap items-center gap-2">
      <Badge tone="allow">active</Badge>
      <span className="text-soft">
        {profile.active
          .map(
            ({ envs, via }) =>
              `${envs === null ? 'everywhere' : `in ${envs.join(', ')}`}${via === null ? '' : `, brought by ${via}`}`,
          )
          .join('; ')}
      </span>
    </span>
  );

const Shown = ({ profile, tab }: { profile: Profile; tab: ProfileTab }) => {
  const navigate = useNavigate();
  const rows = profile.document.mappings ?? [];
  return (
    <div className="space-y-4">
      <div className="space-y-2">
        <State profile={profile} />
        {profile.document.description !== undefined && <p className="max-w-prose">{profile.document.description}</p>}
        <RemovalPart profile={profile} />
      </div>
      <Tabs
        label="Parts of this profile"
        open={tab}
        onOpen={(next) =>
          void navigate({
            to: '/app/profiles/$profileId',
            params: { profileId: profile.profile_id },
            search: next === 'demands' ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={[
          { id: 'demands', label: 'What it demands', body: <Demands profile={profile} /> },
          { id: 'effect', label: 'Preview and activate', body: <EffectTab profile={profile} /> },
          {
            id: 'compliance',
            label: `Controls it maps (${rows.length})`,
            body:
              rows.length === 0 ? (
                <Empty title="It maps no control of a framework" />
              ) : (
                <ComplianceView profile={profile} />
              ),
          },
        ]}
      />
    </div>
  );
};

export const ProfilePage = () => {
  const navigate = useNavigate();
  const { profileId } = useParams({ from: '/app/profiles/$profileId' });
  const { tab = 'demands' } = useSearch({ from: '/app/profiles/$profileId' });
  const query = useQuery(oneProfile(profileId));
  return (
    <Page
      title={query.data?.document.title ?? 'Profile'}
      changes="hall:admin"
      lead={profileId}
      action={
        <div className="flex flex-wrap gap-2">
          <Link
            to="/app/profiles/compare"
            search={{ a: profileId, b: profileId === 'prof.prod.strict' ? 'prof.dev.permissive' : 'prof.prod.strict' }}
            className="inline-flex min-h-8 items-center rounded-md border border-line bg-surface px-3 py-1.5 font-medium hover:bg-raised"
          >
            Compare
          </Link>
          {tab !== 'effect' && (
            <Button
              kind="primary"
              onClick={() =>
                void navigate({ to: '/app/profiles/$profileId', params: { profileId }, search: { tab: 'effect' } })
              }
            >
              Preview and activate
            </Button>
          )}
        </div>
      }
    >
      <Loaded query={query} what="this profile">
        {(profile) => <Shown profile={profile} tab={tab} />}
      </Loaded>
    </Page>
  );
};
