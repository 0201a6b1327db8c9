/** Validation of certificate signing requests. Models pkg/apis/certificates/validation/validation.go. */
import type { CertificateSigningRequest } from '../types/certificates-v1.ts';
import { type FieldError, forbidden, invalid } from './field-error.ts';

const conditionsPath = 'status.conditions';

/**
 * A decision stands: Approved and Denied exclude each other, only /approval makes them, nothing takes them back, and a
 * certificate that was issued is not replaced.
 */
export function validateRequestUpdate(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  subresource: string,
): FieldError[] {
  const types = (of: CertificateSigningRequest) => (of.status?.conditions ?? []).map(({ type }) => type);
  const [now, before] = [types(request), types(old)];
  const errors: FieldError[] = [];
  for (const type of ['Approved', 'Denied', 'Failed']) {
    const [has, had] = [now.includes(type), before.includes(type)];
    if (had && !has)
      errors.push(forbidden(conditionsPath, `updates may not remove a condition of type "${type}"`));
    if (has && !had && type !== 'Failed' && subresource !== 'approval') {
      errors.push(forbidden(conditionsPath, `updates may not add a condition of type "${type}"`));
    }
  }
  const second = now.findIndex((type) => type === 'Denied' || type === 'Approved');
  const other = now.findIndex((type, i) => i > second && (type === 'Denied' || type === 'Approved'));
  if (second >= 0 && other >= 0 && now[other] !== now[second]) {
    const why = 'Approved and Denied conditions are mutually exclusive';
    errors.push(invalid(`${conditionsPath}[${other}].type`, now[other], why));
  }
  const issued = old.status?.certificate;
  if (issued !== undefined && request.status?.certificate !== issued) {
    errors.push(forbidden('status.certificate', 'updates may not modify certificate content'));
  }
  return errors;
}
