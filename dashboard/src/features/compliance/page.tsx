/** One framework after the other: where its controls stand in this Hall. The choice is in the address. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Field, Select } from '../../ui/field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Page } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { oneProfile, profileList } from '../profiles/queries.ts';
import { ComplianceView } from './view.tsx';

const Framework = ({ profileId }: { profileId: string }) => {
  const query = useQuery(oneProfile(profileId));
  return (
    <Loaded query={query} what="this framework">
      {(profile) => (
        <div className="space-y-4">
          <div className="flex flex-wrap items-center gap-3">
            <Badge tone={profile.active.length > 0 ? 'allow' : 'plain'}>
              {profile.active.length > 0 ? 'profile active' : 'profile not active'}
            </Badge>
            {profile.document.framework !== undefined && (
              <span className="text-soft">
                {profile.document.framework.name}, {profile.document.framework.version}, read as of{' '}
                {profile.document.framework.as_of}
              </span>
            )}
            <Link
              to="/app/profiles/$profileId"
              params={{ profileId }}
              search={profile.active.length > 0 ? {} : { tab: 'effect' }}
              className="underline"
            >
              {profile.active.length > 0 ? 'See the profile' : 'Preview and activate'}
            </Link>
          </div>
          {profile.document.description !== undefined && <p className="max-w-prose">{profile.document.description}</p>}
          <ComplianceView key={profileId} profile={profile} />
        </div>
      )}
    </Loaded>
  );
};

export const CompliancePage = () => {
  const navigate = useNavigate();
  const { profile } = useSearch({ from: '/app/compliance' });
  const list = useQuery(profileList);
  return (
    <Page
      title="Compliance"
      lead="Which control of a framework is enforced here, what shows it, and what that does not show."
    >
      <Loaded query={list} what="frameworks">
        {({ profiles }) => {
          const frameworks = profiles.filter(({ framework }) => framework !== null);
          const chosen =
            profile ??
            frameworks.find(({ active }) => active)?.profile_id ??
            frameworks.find(({ profile_id }) => profile_id.endsWith('soc2'))?.profile_id ??
            frameworks[0]?.profile_id;
          if (chosen === undefined) return <Empty title="No profile maps a framework" />;
          return (
            <>
              <div className="max-w-md">
                <Field label="Framework">
                  <Select
                    value={chosen}
                    onChange={({ target }) =>
                      void navigate({ to: '/app/compliance', search: { profile: target.value }, replace: true })
                    }
                  >
                    {frameworks.map(({ profile_id, version, title, active }) => (
                      <option key={`${profile_id}@${version}`} value={profile_id}>
                        {title}
                        {active ? ' (active)' : ''}
                      </option>
                    ))}
                  </Select>
                </Field>
              </div>
              <Framework profileId={chosen} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
};
