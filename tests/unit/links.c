/* SPDX-License-Identifier: Apache-2.0 */
/* Whole rooms are linked with this; what they may not call is missing then, and the link fails. */
int main(void)
{
	return 0;
}
