/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole rooms are linked with this. A function that they must not call is missing here, and the link fails.
 */
int main(void)
{
	return 0;
}
