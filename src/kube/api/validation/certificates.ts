/** Validation of certificate signing requests. Models pkg/apis/certificates/validation/validation.go. */
import { errorMessage } from '../../../lib/errors.ts';
import { parseCertificateRequest } from '../certificate-request.ts';
import type { CertificateSigningRequest } from '../types/certificates-v1.ts';
import { type FieldError, forbidden, invalid, required } from './field-error.ts';

export function validateSigningRequest({ spec }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  try {
    parseCertificateRequest(spec.request);
  } catch (error) {
    errors.push(invalid('spec.request', spec.request, errorMessage(error)));
  }
  if ((spec.usages ?? []).length === 0) errors.push(required('spec.usages', 'usages are required'));
  if (spec.signerName === 'kubernetes.io/legacy-unknown')
    errors.push(
      invalid(
        'spec.signerName',
        spec.signerName,
        'the legacy signerName is not allowed via this API version',
      ),
    );
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < 600) {
    const why = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalid('spec.expirationSeconds', seconds, why));
  }
  return errors;
}

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
