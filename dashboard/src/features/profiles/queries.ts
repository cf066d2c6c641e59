import { queryOptions } from '@tanstack/react-query';
import { getJson, sendJson } from '../../api/http.ts';
import type { HallEnv, PostureAnswer, Preview, Profile, ProfileList } from './types.ts';

export const profileList = queryOptions<ProfileList, Error>({
  queryKey: ['profiles'],
  queryFn: ({ signal }) => getJson('/v1/profiles', {}, signal),
});

export const postureNow = queryOptions<PostureAnswer, Error>({
  queryKey: ['profiles', 'active'],
  queryFn: ({ signal }) => getJson('/v1/profiles/active', {}, signal),
});

export const addressOf = (profileId: string): string => `/v1/profiles/${encodeURIComponent(profileId)}`;

export const oneProfile = (profileId: string) =>
  queryOptions<Profile, Error>({
    queryKey: ['profiles', 'one', profileId],
    queryFn: ({ signal }) => getJson(addressOf(profileId), {}, signal),
  });

export interface Terms {
  /** Empty: everywhere. */
  readonly envs: readonly HallEnv[];
  readonly overrides: readonly string[];
}

export const termsBody = ({ envs, overrides }: Terms): object => ({
  ...(envs.length === 0 ? {} : { envs }),
  ...(overrides.length === 0 ? {} : { overrides }),
});

export const previewOf = (profileId: string, terms: Terms) =>
  queryOptions<Preview, Error>({
    queryKey: ['profiles', 'preview', profileId, terms],
    queryFn: () => sendJson('POST', `${addressOf(profileId)}/preview`, termsBody(terms)),
    retry: false,
  });
