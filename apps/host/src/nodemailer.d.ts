/** The one function of nodemailer this product uses; the package ships no types of its own. */
declare module 'nodemailer' {
  export interface Transport {
    sendMail(message: object): Promise<unknown>
  }
  export function createTransport(url: string): Transport
}
