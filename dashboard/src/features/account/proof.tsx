/** That it is you: an account without a password shows it by a session that is minutes old. */
import { Field, Input } from '../../ui/field.tsx';

export const Proof = () => (
  <Field
    label="Your password"
    hint="If your account has none, sign out and in again first, and leave this empty within five minutes."
  >
    <Input name="password" type="password" autoComplete="current-password" maxLength={128} />
  </Field>
);
