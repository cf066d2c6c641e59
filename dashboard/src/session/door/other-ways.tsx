/** In without a password: a passkey, or an identity provider of the operator's. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { getJson, sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/states.tsx';
import { canUsePasskeys, signInWithPasskey } from '../passkey.ts';
import { Trouble } from './frame.tsx';

interface Providers {
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

const PROBLEMS: Readonly<Record<string, string>> = {
  declined: 'The provider has not let you in.',
  unverified: 'The provider has not proved that the e-mail address is yours.',
  not_joined: 'There is an account with this address that was never verified. Verify it first, or get a new password.',
  failed: 'Signing in did not come about. Begin again, in one browser and without a long wait.',
};

/** What became of somebody who was sent to a provider; the page that they come back to names it. */
export const Returned = () => {
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const problem = new URLSearchParams(search).get('problem');
  const said = problem === null ? undefined : PROBLEMS[problem];
  return said === undefined ? null : <Notice tone="deny">{said}</Notice>;
};

export const OtherWays = () => {
  const known = useQuery<Providers, Error>({
    queryKey: ['providers'],
    queryFn: ({ signal }) => getJson('/v1/account/providers', {}, signal),
    staleTime: 60_000,
  });
  const passkey = useMutation({ mutationFn: signInWithPasskey });
  const provider = useMutation({
    mutationFn: async (id: string) => {
      const { url } = await sendJson<{ url: string }>('POST', '/v1/account/sign-in/provider', { provider: id });
      location.assign(url);
    },
  });
  return (
    <div className="space-y-2">
      <Trouble error={passkey.error ?? provider.error} />
      {canUsePasskeys() && (
        <Button className="w-full" busy={passkey.isPending} onClick={() => passkey.mutate()}>
          Sign in with a passkey
        </Button>
      )}
      {known.data?.providers.map(({ id, name }) => (
        <Button key={id} className="w-full" busy={provider.isPending} onClick={() => provider.mutate(id)}>
          Sign in with {name}
        </Button>
      ))}
    </div>
  );
};
